"""Tables: records to scaled features with units, groups and splits."""
