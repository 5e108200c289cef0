"""Inputs that give a network's output: class images, opposites, reconstructions, features."""

__version__ = "0.1.0"
