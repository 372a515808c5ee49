"""Confidence in words: what a probability has been worth on questions held out from training."""
