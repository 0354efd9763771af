"""What can go wrong with a backup."""

from app.core.errors import DomainError


class BackupFault(DomainError):
    """A backup cannot be made, or cannot be put back; nothing was changed."""
