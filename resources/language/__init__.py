"""Engines that write about pictures: what they are asked, and what they may answer."""
