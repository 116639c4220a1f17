"""What can be reached from outside its network: which way, from where, and who is let in."""
