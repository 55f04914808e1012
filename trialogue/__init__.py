"""Trialogue: support and case communication for a three-sided case platform."""

__version__ = "0.1.0"
