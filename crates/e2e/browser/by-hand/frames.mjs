// By hand, on a quiet machine: how smoothly the lab's picture moves on a phone-class device. A hub of its own, a
// phone's window with motion allowed, the processor slowed by the browser (4 times unless told otherwise); a pick is
// shown and the times between frames are counted, with what the page's thread was busy with in each.
//
//   node by-hand/frames.mjs path/to/doorward [slowed] [seconds]
//
// A frame is late when it comes more than half a frame after its time. Prints one line of JSON for each cylinder.

import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { loadavg, tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";

const [binary, slowed = "4", seconds = "8"] = process.argv.slice(2);
if (!binary) throw new Error("which doorward? node by-hand/frames.mjs path/to/doorward");
const data = mkdtempSync(join(tmpdir(), "frames-"));
const hub = spawn(binary, ["serve", "--listen", "127.0.0.1:0", "--json", "--data", data], { stdio: ["ignore", "pipe", "ignore"] });
const first = await new Promise((done) => createInterface({ input: hub.stdout }).once("line", done));
const { url, setup_code: code } = JSON.parse(first);
Object.assign(process.env, { DOORWARD_URL: url, DOORWARD_SETUP_CODE: code });
const { HOUSE, launch, until } = await import("../lib/browser.mjs");
const { Visitor } = await import("../lib/steps.mjs");

const browser = await launch();
try {
  const context = await browser.context({ size: "phone", motion: "no-preference" });
  const page = await context.newPage();
  await new Visitor(page, false).takeHouse();
  for (const cylinder of ["five-pins", "spools", "dimple", "discs"]) console.log(JSON.stringify(await measured(page, context, cylinder)));
} finally {
  await browser.close();
  hub.kill();
  rmSync(data, { recursive: true, force: true });
}

async function measured(page, context, cylinder) {
  await page.goto(`${HOUSE}/lab/${cylinder}`);
  await page.locator("#lab[data-ready=yes]").waitFor();
  const tools = await context.newCDPSession(page);
  await tools.send("Emulation.setCPUThrottlingRate", { rate: Number(slowed) });
  // by the thread's own clock, so that other work on this machine counts less
  await tools.send("Performance.enable", { timeDomain: "threadTicks" });
  const spent = async () => Object.fromEntries((await tools.send("Performance.getMetrics")).metrics.map((m) => [m.name, m.value]));
  await page.getByRole("button", { name: "Show me" }).tap();
  const drawn = () => page.evaluate(() => document.getElementById("lab").measured().frames.length);
  await until("it moves", drawn, (n) => n > 20);
  const [before, from] = [await spent(), await drawn()];
  await page.waitForTimeout(1000 * Number(seconds));
  const [after, all] = [await spent(), await page.evaluate(() => document.getElementById("lab").measured())];
  await tools.send("Emulation.setCPUThrottlingRate", { rate: 1 });
  await tools.detach();
  // the first frame after a rest has waited for nothing
  const frames = all.frames.slice(from).filter(([between]) => between < 250);
  const at = (list, share) => Math.round(100 * ([...list].sort((a, b) => a - b)[Math.floor(list.length * share)] ?? NaN)) / 100;
  const between = frames.map((frame) => frame[0]);
  const a_frame = (name) => Math.round(1e5 * (after[name] - before[name]) / frames.length) / 100;
  return {
    cylinder, slowed: Number(slowed), load: Math.round(100 * loadavg()[0]) / 100, frames: frames.length,
    a_second: Math.round(10 * 1000 * frames.length / between.reduce((sum, one) => sum + one, 0)) / 10,
    late: Math.round(1000 * between.filter((one) => one > 25).length / frames.length) / 1000,
    between_ms: [at(between, 0.5), at(between, 0.95), at(between, 0.99)],
    script_ms: [at(frames.map((one) => one[1]), 0.5), at(frames.map((one) => one[1]), 0.95)],
    busy_ms_a_frame: a_frame("TaskDuration"), style_ms: a_frame("RecalcStyleDuration"), layout_ms: a_frame("LayoutDuration"),
    answer_ms: [at(all.waits, 0.5), at(all.waits, 0.95)],
  };
}
