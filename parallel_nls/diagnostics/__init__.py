"""What is measured along a run: line sums, one message a sample, residuals of exact identities."""
