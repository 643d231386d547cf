"""Checking many certificates at once: lists that providers upload, and pairs that programs send."""
