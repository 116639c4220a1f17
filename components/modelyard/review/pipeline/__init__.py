"""The pipeline of one model as files that its team keeps: from a commit to the audit trail."""
