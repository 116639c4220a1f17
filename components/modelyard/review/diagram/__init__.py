"""The platform as sites, what stands on them, and what flows; and the forms it is drawn in."""
