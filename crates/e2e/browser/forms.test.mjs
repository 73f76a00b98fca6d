// Bad input on every form that matters: the page says what is wrong and the way out, and what was typed
// stays (passwords and codes are never sent back). Then the invitation.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, OWNER, PASSWORD, watch } from "./lib/browser.mjs";
import { Visitor } from "./lib/steps.mjs";

let browser, mara, faults;
before(async () => {
  browser = await launch();
  mara = new Visitor(await (await browser.context()).newPage(), false);
  faults = watch(mara.page);
  await mara.takeHouse();
  await mara.addVirtualLock();
  await mara.enterPerson("Ana");
});
after(() => browser?.close());

/** The browser's own checks are off, as for a program or an old browser: the house must answer by itself. */
async function send(form, words) {
  await form.evaluate((element) => { element.noValidate = true; });
  const leaves = mara.page.waitForEvent("load");
  await form.getByRole("button", { name: words }).click();
  await leaves;
}

const form = (action) => mara.page.locator(`form[action="${action}"], form[action^="${action}#"]`).first();

test("S5 sign-in: a wrong password says so, keeps the name, and the way out stands there", async () => {
  const guest = new Visitor(await (await browser.context()).newPage(), false);
  await guest.open("/sign-in");
  await guest.field("Name").fill(OWNER);
  await guest.field("Password").fill("not the password");
  await guest.press("Sign in");
  assert.match(await guest.error(), /name or password is not right/i);
  assert.equal(await guest.field("Name").inputValue(), OWNER);
  assert.equal(await guest.field("Password").inputValue(), "");
  assert.match(await guest.text(), /Forgotten the password\?/);
});

test("E4 a person with a name too long: said, and the note stays", async () => {
  await mara.open("/people");
  const people = form("/people");
  await people.getByLabel("Name").evaluate((field) => { field.removeAttribute("maxlength"); });
  await people.getByLabel("Name").fill("A".repeat(81));
  await people.getByLabel("Guest").check();
  await people.getByLabel(/^Note/).fill("comes on Fridays");
  await send(people, "Enter");
  assert.match(await mara.error(), /Name: at most 80 characters/);
  assert.equal(await form("/people").getByLabel(/^Note/).inputValue(), "comes on Fridays");
  assert.ok(await form("/people").getByLabel("Guest").isChecked(), "the kind stays");
});

test("E4 a schedule without days: said, and name and hours stay", async () => {
  await mara.open("/schedules");
  const make = form("/schedules");
  await make.getByLabel("Name").fill("Mornings");
  const row = make.locator("fieldset.window").first();
  for (const box of await row.locator("input[type=checkbox]").all()) await box.uncheck();
  await row.getByLabel("From").fill("07:15");
  await row.getByLabel(/^To/).fill("11:45");
  await send(make, "Make it");
  assert.match(await mara.error(), /day/i);
  assert.equal(await form("/schedules").getByLabel("Name").inputValue(), "Mornings");
  assert.equal(await form("/schedules").locator("[name=start0]").inputValue(), "07:15");
});

test("S5 a door in a time zone that is none: said, and the name stays", async () => {
  await mara.open("/doors/new");
  await mara.field(/^Name/).fill("Shed");
  await mara.field(/^Time zone/).fill("Mars/Olympus");
  await send(form("/doors"), "Enter the door");
  assert.match(await mara.error(), /zone/i);
  assert.equal(await mara.field(/^Name/).inputValue(), "Shed");
});

test("E4 an easy code is refused with the reason, and the choice stays", async () => {
  await mara.open("/give");
  await mara.field("Who").selectOption({ label: "Ana" });
  await mara.field("Where").selectOption({ label: "Front door" });
  await mara.field("Reason").fill("Plants");
  await mara.press("Next: the code");
  await mara.page.getByRole("radio", { name: /that I type/ }).check();
  await mara.field(/^Typed code/).fill("123456");
  await send(form("/give"), "Give access");
  assert.match(await mara.error(), /first that a stranger tries.*let one be made/);
  assert.equal(await mara.page.locator("[name=reason]").inputValue(), "Plants");
  assert.ok(await mara.page.getByRole("radio", { name: /that I type/ }).isChecked(), "the choice stays");
  assert.equal(await mara.field(/^Typed code/).inputValue(), "", "a code is never sent back");
});

test("S3 a token that may do nothing: said", async () => {
  await mara.open("/settings");
  await mara.page.getByText("Make a token", { exact: true }).click();
  const tokens = form("/settings/tokens");
  await tokens.getByLabel(/^Name/).fill("shell");
  for (const box of await tokens.locator("input[type=checkbox]").all()) await box.uncheck();
  await send(tokens, "Make it");
  assert.match(await mara.error(), /at least one/);
  assert.equal(await form("/settings/tokens").getByLabel(/^Name/).inputValue(), "shell", "the name stays");
  assert.ok(await form("/settings/tokens").getByLabel(/^Name/).isVisible(), "the form stands open");
});

test("S2 S5 a broker with a port that is none, alerts to no address: said", async () => {
  await mara.open("/settings");
  const mqtt = form("/settings/mqtt");
  await mqtt.getByLabel(/^Port/).fill("99999");
  await mqtt.getByLabel(/^Broker/).fill("broker.lan");
  await mqtt.getByLabel(/^User/).fill("house");
  await send(mqtt, "Connect");
  assert.match(await mara.error(), /Port: a number from 1 to 65535/);
  assert.equal(await form("/settings/mqtt").getByLabel(/^Broker/).inputValue(), "broker.lan");
  assert.equal(await form("/settings/mqtt").getByLabel(/^Port/).inputValue(), "99999");
  assert.equal(await form("/settings/mqtt").getByLabel(/^User/).inputValue(), "house");

  // from the refused page on, without opening it anew
  const alerts = form("/settings/alerts");
  await alerts.getByLabel("Send alerts to an address").check();
  await alerts.getByLabel(/^Address/).fill("not an address");
  await alerts.getByLabel("Battery low").uncheck();
  await send(alerts, "Save");
  assert.match(await mara.error(), /address/i);
  assert.equal(await form("/settings/alerts").getByLabel(/^Address/).inputValue(), "not an address");
  assert.ok(!await form("/settings/alerts").getByLabel("Battery low").isChecked(), "the choice stays");
  assert.equal(await mara.page.locator("[role=alert]").count(), 1, "said once, beside the form");
});

test("S5 a new password typed two ways: said beside the form, nothing is sent back", async () => {
  await mara.open("/settings");
  await mara.page.getByText("Change it", { exact: true }).first().click();
  const change = form("/settings/password");
  await change.getByLabel("Now").fill(PASSWORD);
  await change.getByLabel("New 12").fill("one long password");
  await change.getByLabel("New again").fill("another long password");
  await send(change, "Change it");
  assert.match(await mara.error(), /differ/);
  assert.equal(await form("/settings/password").getByLabel("Now").inputValue(), "");
});

test("S5 an invitation: made, wrong code refused with the way out, taken once", async () => {
  await mara.open("/settings");
  await mara.page.getByText(/^Invite/, { exact: false }).first().click();
  await send(form("/settings/invites"), /invit|code/i);
  const code = (await mara.text("p.code")).trim();
  const join = async (given) => {
    const guest = new Visitor(await (await browser.context()).newPage(), false);
    await guest.open("/invite");
    await guest.field("Invitation code").fill(given);
    await guest.field("Your name").fill("Jon");
    await guest.field(/^Password 12/).fill(PASSWORD);
    await guest.field("Password again").fill(PASSWORD);
    await guest.press("Join");
    return guest;
  };
  const wrong = await join("AAAA-BBBB-CCCC");
  assert.match(await wrong.error(), /invitation code is not right.*Ask an owner/);
  assert.equal(await wrong.field("Your name").inputValue(), "Jon");
  const taken = await join(code);
  assert.equal(new URL(taken.page.url()).pathname, "/");
  assert.match(await taken.text("footer"), /Signed in as Jon/);
  assert.match(await (await join(code)).error(), /not right|used/);
});

test("S5 no script failed and no other host was asked", () => assert.deepEqual(faults, []));
