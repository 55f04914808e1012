"""Where Django finds this room's nouns."""

from trialogue.lists.batches import Batch, BatchItem
from trialogue.lists.views import DefaultView, View

__all__ = ["Batch", "BatchItem", "DefaultView", "View"]
