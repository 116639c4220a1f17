"""What a platform takes from outside, and how it is brought to where nothing is."""
