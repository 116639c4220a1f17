"""Where data rest: under which key, how they are kept from being lost, and in which region."""
