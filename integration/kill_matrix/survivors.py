"""Why each automatic mutant that no check notices survives: by module, and by function and edit."""

REASONS: dict[tuple[str, str], str] = {}
