"""What the kernel forbids a process that reads files of strangers: Landlock, seccomp, capabilities.

Imports nothing of ours. Each module wraps one kernel interface by a few documented system calls;
``confined_process`` puts them together.
"""
