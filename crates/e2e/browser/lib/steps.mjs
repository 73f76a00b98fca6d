// What a person does on the pages, step by step, by the words that stand there. The same steps serve the live
// pages and the plain forms; only how an answer is waited for differs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { HOUSE, OWNER, PASSWORD, SETUP_CODE, SIZE, until } from "./browser.mjs";

const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri"];

/** A person at one window. `live`: the page moves by itself; otherwise the person reloads. */
export class Visitor {
  constructor(page, live) {
    this.page = page;
    this.live = live;
  }

  /** Whether this build's pages move by themselves: it has htmx, and scripts are on. */
  async moves() {
    return await this.page.locator("body[data-topics]").count() > 0
      && this.page.evaluate(() => typeof htmx === "object").catch(() => false);
  }

  /** Opens a page of the house. */
  async open(path) {
    await this.page.goto(HOUSE + path);
  }

  /** Presses a button or link, by its words, and waits for the page that comes. */
  async press(words, role = "button") {
    const target = this.page.getByRole(role, { name: words, exact: typeof words === "string" }).first();
    const leaves = this.page.waitForEvent("load");
    await target.click();
    await leaves;
  }

  field(words) {
    return this.page.getByLabel(words).first();
  }

  async text(selector = "#main") {
    return (await this.page.locator(selector).first().innerText()).replace(/\s+/g, " ");
  }

  /** Waits until the words stand there. A live page is never reloaded: a mark set now must still be there. */
  async sees(words, selector = "#main") {
    const mark = `m${Math.trunc(performance.now())}`;
    if (this.live) await this.page.evaluate((name) => { window.sameDocument = name; }, mark);
    const seen = await until(`${words} in ${selector} of ${this.page.url()}`, async () => {
      if (!this.live) await this.page.reload();
      return this.text(selector);
    }, (text) => (words instanceof RegExp ? words.test(text) : text.includes(words)));
    if (this.live) assert.equal(await this.page.evaluate(() => window.sameDocument), mark, "no reload");
    return seen;
  }

  /** The error on the page, which must name a way out. */
  async error() {
    return this.text("[role=alert]");
  }

  /** First visit, with one wrong try before: the error says what to do and the name stays. */
  async takeHouse() {
    await this.open("/");
    assert.match(this.page.url(), /\/first-visit$/);
    await this.fillFirstVisit("AAAA-BBBB-CCCC");
    await this.press("Become the owner");
    assert.match(await this.error(), /set-up code is not right.*terminal/);
    assert.equal(await this.field("Your name").inputValue(), OWNER);
    await this.fillFirstVisit(SETUP_CODE);
    await this.press("Become the owner");
    assert.equal(new URL(this.page.url()).pathname, "/");
    await this.sees("No door yet");
  }

  async fillFirstVisit(code) {
    await this.field("Set-up code").fill(code);
    await this.field("Your name").fill(OWNER);
    await this.field(/^Password 12/).fill(PASSWORD);
    await this.field("Password again").fill(PASSWORD);
  }

  async signIn() {
    await this.open("/sign-in");
    await this.field("Name").fill(OWNER);
    await this.field("Password").fill(PASSWORD);
    await this.press("Sign in");
  }

  /** One press; returns the lock's and the door's address. */
  async addVirtualLock() {
    await this.open("/");
    await this.press(/Add a virtual lock/);
    const lock = new URL(this.page.url()).pathname;
    assert.match(lock, /^\/virtual\//);
    const door = await this.page.locator("#main .head a[href^='/doors/']").first().getAttribute("href");
    return { lock, door };
  }

  async enterPerson(name) {
    await this.open("/people");
    await this.field("Name").fill(name);
    await this.press("Enter");
    const path = new URL(this.page.url()).pathname;
    assert.match(path, /^\/people\//);
    return path;
  }

  /** Hours by name; `rows` are `[days, from, to]`. */
  async makeSchedule(name, rows) {
    await this.open("/schedules");
    await this.field("Name").fill(name);
    for (const [n, [days, from, to]] of rows.entries()) {
      const row = this.page.locator("fieldset.window").nth(n);
      for (const box of await row.locator("input[type=checkbox]").all()) {
        await box.setChecked(days.includes(await box.getAttribute("value")));
      }
      await row.getByLabel("From").fill(from);
      await row.getByLabel(/^To/).fill(to);
    }
    await this.press("Make it");
    await this.sees(name);
  }

  /** Weekdays 8 to 18, and all other hours: whatever the hour is now, one of the two holds. */
  async makeBothSchedules() {
    await this.makeSchedule("Weekdays 8 to 18", [[WEEKDAYS, "08:00", "18:00"]]);
    await this.makeSchedule("All other hours", [
      [WEEKDAYS, "00:00", "08:00"], [WEEKDAYS, "18:00", "00:00"], [["sat", "sun"], "00:00", "00:00"],
    ]);
  }

  /** Gives a code; `code` is typed, without one it is made by chance. Ends on the grant's page. */
  async give({ person, schedule, until: end, code, reason = "" }) {
    await this.open("/give");
    await this.field("Who").selectOption({ label: person });
    const doors = this.field("Where").locator("option");
    await this.field("Where").selectOption(await doors.nth(1).getAttribute("value"));
    if (schedule) {
      const option = this.field("Hours").locator("option", { hasText: new RegExp(`^${schedule}:`) });
      await this.field("Hours").selectOption(await option.getAttribute("value"));
    }
    if (end) await this.field("Until").fill(end);
    await this.field("Reason").fill(reason);
    await this.press("Next: the code");
    const notices = await this.text();
    if (code) {
      await this.page.getByRole("radio", { name: /that I type/ }).check();
      await this.field(/^Typed code/).fill(code);
    } else {
      await this.page.getByRole("radio", { name: /made by chance/ }).check();
    }
    await this.press("Give access");
    return notices;
  }

  /** Presses a control of the drawn lock; ends when the page has taken it in. */
  async hand(words) {
    const target = this.page.getByRole("button", { name: words, exact: typeof words === "string" }).first();
    const answered = await this.moves()
      ? this.page.waitForResponse((response) => response.request().method() === "POST")
      : this.page.waitForEvent("load");
    await target.click();
    await answered;
  }

  /** Types digits on the drawn keypad and presses enter. */
  async type(code) {
    for (const digit of code) await this.hand(digit);
    await this.hand("Enter");
  }
}

/** One story in parts, told in order: gives the function that tells a part. Later parts mean nothing when an earlier
 * one failed, so they are skipped. `failed` is called first when one fails, for a picture. */
export function parts({ failed = async () => {} } = {}) {
  let broken = false;
  return (name, steps) => test(`${name} (${SIZE})`, async (t) => {
    if (broken) return t.skip("an earlier part failed");
    try {
      await steps(t);
    } catch (error) {
      broken = true;
      await failed();
      throw error;
    }
  });
}

/** Whether weekdays 8 to 18 holds now, by the clock of a zone. */
export function weekdayHours(zone, now = new Date()) {
  const parts = new Intl.DateTimeFormat("en-GB", { timeZone: zone, weekday: "short", hour: "2-digit", hour12: false })
    .formatToParts(now);
  const part = (type) => parts.find((one) => one.type === type).value;
  return !["Sat", "Sun"].includes(part("weekday")) && Number(part("hour")) >= 8 && Number(part("hour")) < 18;
}

/** A code that nobody chose, with a leading zero, no easy pattern and no date (the middle is no day or month). */
export function zeroCode() {
  const digits = crypto.getRandomValues(new Uint8Array(5)).map((byte) => byte % 10);
  const code = `0${digits.join("")}`;
  const steps = new Set([...code].slice(1).map((digit, n) => Number(digit) - Number(code[n])));
  return new Set(code).size >= 5 && steps.size >= 3 && code[2] >= "4" ? code : zeroCode();
}
