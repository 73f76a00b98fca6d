// What moves without reload. Without this file every page still works: links, forms, reload.
"use strict";
(() => {
  const body = document.body;
  const topics = new Set((body.dataset.topics || "").split(" ").filter(Boolean));
  const shown = document.getElementById("live-state");
  const PAUSE = 200; // at most five looks a second, however much happens

  // a new door: propose the zone of this browser
  for (const field of document.querySelectorAll("[data-zone]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    if (zone && field.value === "UTC") field.value = zone;
  }

  // digits, Enter and Escape press the drawn keypad while it has the focus
  let typed = ""; // the key that was pressed by typing; Enter on any other presses that one, as everywhere
  document.addEventListener("keydown", (event) => {
    const at = event.target;
    if (!(at instanceof Element) || !at.closest("[data-keypad]")) return;
    if (event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "Enter" && at.value !== typed) return;
    const named = { Enter: "enter", Escape: "clear", Backspace: "clear" }[event.key];
    const key = /^[0-9]$/.test(event.key) ? event.key : named;
    const button = key && document.querySelector(`[data-keypad] [value="press:${key}"]`);
    if (!button) return;
    event.preventDefault();
    typed = button.value;
    button.focus();
    button.click();
  });

  if (!topics.size || !window.htmx || !window.EventSource) return;

  let again = 0, wanted = false, busy = false;

  // asks for this page again and morphs the parts that may have changed
  const look = async () => {
    again = 0;
    if (busy) { wanted = true; return; }
    const parts = [...document.querySelectorAll("[data-live][id]")].filter((part) => {
      const focus = document.activeElement;
      return !(part.contains(focus) && focus.matches("input, select, textarea"));
    });
    if (!parts.length) return;
    busy = true;
    try {
      // what a refused form shows stands at the form's address, which cannot be asked for again
      await htmx.ajax("GET", body.dataset.here || location.href, {
        source: body, target: "body", swap: "none",
        selectOOB: parts.map((part) => `#${part.id}:outerMorph`).join(","),
      });
    } catch { /* the stream says when the house is back */ }
    busy = false;
    if (wanted) { wanted = false; soon(PAUSE); }
  };
  const soon = (pause) => { if (!again) again = setTimeout(look, pause); };

  let last = 0;
  const changed = () => {
    const since = Date.now() - last;
    last = Date.now();
    soon(since > PAUSE ? 0 : PAUSE);
  };

  let source, opened = false, waiting = 0;
  const open = () => {
    waiting = 0;
    const lock = body.dataset.body;
    source = new EventSource("/api/v1/live" + (lock ? `?body=${encodeURIComponent(lock)}` : ""));
    source.addEventListener("hello", (event) => {
      shown.textContent = "";
      // something happened in between: since the stream was open before, or since this page was made
      if (opened || String(JSON.parse(event.data).told) !== body.dataset.told) changed();
      opened = true;
    });
    source.addEventListener("change", (event) => {
      const what = JSON.parse(event.data).what;
      if (what === "lagged" || topics.has(what)) changed();
    });
    source.addEventListener("body", changed);
    source.onerror = () => {
      shown.textContent = "Not live: trying to reach the house again.";
      if (source.readyState === EventSource.CLOSED && !waiting) waiting = setTimeout(open, 5000);
    };
  };
  open();
  // a browser keeps six connections to one house: pages out of sight give theirs back
  const PARK = 20000;
  let parked = 0;
  const close = () => { parked = 0; source.close(); };
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) { parked = parked || setTimeout(close, PARK); return; }
    clearTimeout(parked);
    parked = 0;
    if (source.readyState === EventSource.CLOSED && !waiting) open();
  });
  addEventListener("pagehide", close);
  addEventListener("pageshow", (event) => { if (event.persisted) open(); });
})();
