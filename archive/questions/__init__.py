"""Questions to an archive beyond search, one module each."""
