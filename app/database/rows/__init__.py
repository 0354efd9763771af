"""Rows of which every folder above reads or writes some: of projects, limits, requests, deeds."""
