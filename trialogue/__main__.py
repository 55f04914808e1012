"""`python -m trialogue` is `trialogue`."""

from trialogue.doors.console.main import main

main()
