"""Charged particles in space: where will they be?"""
