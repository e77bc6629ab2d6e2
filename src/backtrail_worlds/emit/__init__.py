"""A plan as files: raw evidence as responders have it."""
