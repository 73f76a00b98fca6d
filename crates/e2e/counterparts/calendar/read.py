"""Reads an iCalendar from standard input with a library that is not ours, and prints what it holds as JSON."""

import json
import sys

from icalendar import Calendar

calendar = Calendar.from_ical(sys.stdin.buffer.read())
events = []
for event in calendar.walk("VEVENT"):
    if event.errors:
        sys.exit(f"errors: {event.errors}")
    events.append({
        "uid": str(event["UID"]),
        "summary": str(event["SUMMARY"]),
        "description": str(event["DESCRIPTION"]),
        "start": event.decoded("DTSTART").isoformat(),
        "end": event.decoded("DTEND").isoformat(),
        "stamp": event.decoded("DTSTAMP").isoformat(),
    })
for name in ("VERSION", "PRODID"):
    if name not in calendar:
        sys.exit(f"no {name}")
if calendar.errors:
    sys.exit(f"errors: {calendar.errors}")
print(json.dumps({"events": events}))
