"""Clouds of points: which surface were they taken from?"""
