"""What changes of what a reviewer asks: exposure, access, data, supply and controls."""
