"""Milestones of the field on a learner's own modules: a live curve, and a report that says whose code ran."""

from tinytorch.tito.milestones._registry import MILESTONES, Milestone, find_milestone, script_folder

__all__ = ["MILESTONES", "Milestone", "find_milestone", "script_folder"]
