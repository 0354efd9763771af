"""The core that every part of the application uses."""
