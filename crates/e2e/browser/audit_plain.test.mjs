// The audit without scripts: the same forms, whole pages.

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { launch, watch } from "./lib/browser.mjs";
import { Visitor } from "./lib/steps.mjs";

let browser, mara, faults;

before(async () => {
  browser = await launch();
  const page = await (await browser.context({ scripts: false })).newPage();
  mara = new Visitor(page, false);
  faults = watch(page);
});
after(() => browser?.close());

test("D1 D4 survey, result, next question and what-if work as plain pages", async () => {
  await mara.takeHouse();
  const { door } = await mara.addVirtualLock();
  await mara.open(`${door}/audit`);
  assert.match(await mara.text(), /The weakest way in is to .+Do this first: /);
  await mara.page.locator("#next input:not([type=hidden])").first().check();
  await mara.press("Answer and look again");
  assert.match(await mara.text(), /Saved\..+The weakest way in/);
  await mara.page.locator("#what-if select[name=key]").selectOption("frame.strike");
  await mara.press("Choose");
  await mara.page.locator("input[name='frame.strike'][value='reinforced']").check();
  await mara.press("Compare");
  assert.match(await mara.text("#compared"), /practised-burglar \d+ % \d+ %/);
  assert.deepEqual(faults, []);
});
