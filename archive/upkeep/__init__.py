"""Keeping an archive sound: checks, copies, exports, dumps."""
