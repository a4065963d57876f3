"""What deals with interactions: each once, and a stop waits for it."""

from collections.abc import Callable, Coroutine
from functools import wraps
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec, TypeVar

from bot.discord.busy import Busy
from bot.discord.interactions import Interaction, Interactions

if TYPE_CHECKING:
    from bot.bootstrap import Application

Given = ParamSpec("Given")
Self = TypeVar("Self", bound="Dealing")


class Dealing:
    """Something with methods that interactions lead to."""

    def __init__(self, app: "Application", interactions: Interactions, busy: Busy) -> None:
        self.app = app
        self.interactions = interactions
        self.busy = busy


def once(
    method: Callable[Concatenate[Self, Interaction, Given], Coroutine[Any, Any, None]],
) -> Callable[Concatenate[Self, Interaction, Given], Coroutine[Any, Any, None]]:
    """A method that deals with an interaction once, and that a stop waits for."""

    @wraps(method)
    async def dealing(self: Self, interaction: Interaction, /, *args: Given.args, **kw: Given.kwargs) -> None:
        if self.interactions.first(interaction):
            with self.busy:
                await method(self, interaction, *args, **kw)

    return dealing
