"""Inputs that give a network's output: class images, opposites, reconstructions, features."""
