"""The main job, done by a real browser against a real server."""
