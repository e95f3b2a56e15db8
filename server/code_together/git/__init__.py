"""Bare Git repositories: what a session's revisions are kept in.

Everything here blocks, takes the repository's path first, and passes only picklable values, so that a worker
process can run it. Writing goes through pygit2; blame and transport through the git binary.
"""
