"""What `modelyard check` and `modelyard plan` cost: `make bench`.

Times are medians and are printed, never asserted: machines differ, ratios are what to look at.
"""
