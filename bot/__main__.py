"""`python -m bot`, the same as the `sextant` command."""

from bot.cli import sextant


def main() -> None:
    """Run the command line."""
    sextant(prog_name="sextant")


if __name__ == "__main__":
    main()
