"""The program on Pulumi's real engine, with simulated providers."""
