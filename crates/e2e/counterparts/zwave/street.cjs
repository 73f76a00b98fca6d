// node street.cjs SETTINGS.json
//
// The real Z-Wave JS driver and server over a mock controller with mock locks, in one process. SETTINGS:
//   { ws, hand, folder, nodes: [see locks.cjs], keep?: true }
// `ws` is the port of the server, `hand` that of the hand on the locks (HTTP, below), `folder` holds the driver's
// cache and, with `keep`, the memory of the locks over a restart of this process.
const { join } = require("node:path"), fs = require("node:fs"), http = require("node:http");
const { createAndStartDriverWithMockPort, createDefaultMockControllerBehaviors, createDefaultMockNodeBehaviors } = require("zwave-js/Testing");
const { MockController, MockNode } = require("@zwave-js/testing");
const { AddNodeToNetworkRequest, RemoveNodeFromNetworkRequest, RemoveNodeFromNetworkRequestStatusReport, RemoveNodeStatus } = require("@zwave-js/serial/serialapi");
const { ZwavejsServer } = require("@zwave-js/server");
const { generateECDHKeyPair } = require("@zwave-js/core");
const { createHash } = require("node:crypto");
const cc = require("@zwave-js/cc");
const { capabilities, behaviour, code, createMockZWaveRequestFrame } = require("./locks.cjs");

const settings = JSON.parse(fs.readFileSync(process.argv[2], "utf8"));
const key = (first) => Buffer.from(first + "02030405060708090a0b0c0d0e0f10", "hex");
const securityKeys = { S0_Legacy: key("01"), S2_Unauthenticated: key("11"), S2_Authenticated: key("21"), S2_AccessControl: key("31") };
const log = (...words) => console.log(new Date().toISOString(), ...words);
const memory = join(settings.folder, "locks.json");
const kept = settings.keep && fs.existsSync(memory) ? JSON.parse(fs.readFileSync(memory, "utf8"), lively) : {};
const locks = new Map();
let driver, controller, server, pendingExclusion;

/// What a lock says by itself; a lock that joined with S2 says it encrypted.
const send = (node, c) => {
  const said = locks.get(node.id)?.o.secure ? cc.Security2CC.encapsulate(c, node.id, node.securityManagers) : c;
  return node.sendToController(createMockZWaveRequestFrame(said, { ackRequested: false }));
};
const note = (node, event, user, type = 6) => send(node, new cc.NotificationCCReport({
  nodeId: controller.ownNodeId, notificationType: type, notificationEvent: event,
  eventParameters: user === undefined ? undefined : Buffer.from([user]),
}));

/// JSON keeps no byte strings, and no timers; both lie deep in what a lock remembers.
function plain(key) {
  const value = this[key];
  if (value instanceof Uint8Array) return { bytes: Buffer.from(value).toString("hex") };
  return value && value.timer ? undefined : value;
}
function lively(_, value) {
  return value && typeof value === "object" && typeof value.bytes === "string" ? Buffer.from(value.bytes, "hex") : value;
}
function keep() {
  if (!settings.keep) return;
  const all = {};
  for (const [id, { node }] of locks) all[id] = Object.fromEntries(node.state);
  fs.writeFileSync(memory + ".new", JSON.stringify(all, plain));
  fs.renameSync(memory + ".new", memory);
}

function settle(node, o) {
  const own = behaviour(o, note, () => !!server?.sockets?.validateDSKAndEnterPinPromise);
  node.defineBehavior(own);
  for (const [k, v] of Object.entries(kept[node.id] ?? {})) node.state.set(k, v);
  const set = node.state.set.bind(node.state), del = node.state.delete.bind(node.state);
  node.state.set = (k, v) => { set(k, v); setImmediate(keep); return node.state; };
  node.state.delete = (k) => { const had = del(k); setImmediate(keep); return had; };
  locks.set(node.id, { node, o, own });
}

/// The stock mock says that it looks for a node to remove, and then never finds one; and a second *stop*, which the
/// driver sends for old sticks, it takes for a new beginning.
const exclusion = {
  async onHostMessage(controller, message) {
    if (message instanceof AddNodeToNetworkRequest && message.addNodeType === 5 && message.callbackId === 0) {
      controller.state.set("inclusionState", 0);
      return true;
    }
    if (!(message instanceof RemoveNodeFromNetworkRequest) || pendingExclusion === undefined || message.removeNodeType === 5) return;
    const nodeId = pendingExclusion, callbackId = message.callbackId;
    pendingExclusion = undefined;
    setTimeout(async () => {
      for (const status of [RemoveNodeStatus.NodeFound, RemoveNodeStatus.RemovingSlave, RemoveNodeStatus.Done]) {
        await controller.sendMessageToHost(new RemoveNodeFromNetworkRequestStatusReport({ callbackId, status, ...(status === RemoveNodeStatus.RemovingSlave ? { nodeId } : {}) }));
        await new Promise((done) => setTimeout(done, 20));
      }
      const gone = locks.get(nodeId);
      if (gone) controller.removeNode(gone.node);
      locks.delete(nodeId); keep();
    }, 200);
  },
};

function serve() {
  const logger = { debug() {}, info: (m) => log("server", m), warn: (m) => log("server", m), error: (m, e) => log("server", m, e?.message ?? "") };
  server = new ZwavejsServer(driver, { port: settings.ws, host: "127.0.0.1", enableDNSServiceDiscovery: false, logger });
  return server.start(true);
}

async function start() {
  const started = await createAndStartDriverWithMockPort({
    logConfig: { enabled: true, level: settings.log ?? "info", logToFile: true, filename: join(settings.folder, "driver"), forceConsole: false },
    storage: { cacheDir: join(settings.folder, "cache") }, securityKeys, emitValueUpdateAfterSetValue: true, connectViaTCP: true,
    timeouts: settings.timeouts ?? { report: 1000, nonce: 3000, sendDataAbort: 5000, sendDataCallback: 10000 }, attempts: { sendData: 1, nodeInterview: 2 },
    interview: { queryAllUserCodes: settings.keepCodes ?? true },
    testingHooks: { skipFirmwareIdentification: true, skipBootloaderCheck: true },
  });
  driver = started.driver;
  controller = await MockController.create({ homeId: settings.home ?? 0x7e570001, ownNodeId: 1, mockPort: started.mockPort, serial: started.serial, securityKeys });
  controller.defineBehavior(...createDefaultMockControllerBehaviors());
  controller.defineBehavior(exclusion);
  for (const o of settings.nodes) {
    const node = await MockNode.create({ id: o.id, controller, capabilities: capabilities(o) });
    controller.addNode(node);
    node.defineBehavior(...createDefaultMockNodeBehaviors());
    settle(node, o);
  }
  driver.on("error", (error) => log("driver error", error.message));
  driver.once("driver ready", async () => { await serve(); log("server listens"); });
  driver.once("all nodes ready", () => log("all nodes ready"));
  started.continueStartup();
}

/// What stands on the label: the key and the QR code. (The getters of the mock are off by one octet.)
function label(keys) {
  const k = Buffer.from(keys.publicKey), digits = (n) => String(n).padStart(5, "0");
  const groups = [...Array(8)].map((_, i) => digits(k.readUInt16BE(2 * i)));
  // requested keys: S2 access control; then device class and icon, then maker, product type, product, version
  const body = "004" + groups.join("") + "0010" + digits(0x4003) + digits(0) + "0220" + digits(0xffff) + digits(0x4c4b) + digits(9) + digits(256);
  const sum = createHash("sha1").update(body).digest().readUInt16BE(0);
  return { dsk: groups.join("-"), qr: "9000" + digits(sum) + body };
}

/// The memory of a lock in a form that tests read: codes by slot, schedules, counts of frames received.
function show(id) {
  const { node, o, own } = locks.get(id);
  const codes = {}, schedules = {}, users = {};
  for (const [k, v] of node.state) {
    let at;
    if ((at = /^UserCode_userCode_(\d+)$/.exec(k)) && v !== undefined) codes[at[1]] = { code: code(v), status: node.state.get("UserCode_userIdStatus_" + at[1]) };
    else if ((at = /^UserCredential_cred_1_(\d+)$/.exec(k)) && v) codes[at[1]] = { code: code(v.data ?? v.credentialData), user: v.userId };
    else if ((at = /^UserCredential_user_(\d+)$/.exec(k)) && v) users[at[1]] = { active: v.active, type: v.userType, name: v.userName };
    else if ((at = /^ScheduleEntryLock_schedule_(.+)$/.exec(k)) && v) schedules[at[1]] = v;
  }
  const offsets = ["standardOffset", "dstOffset"].map((name) => node.state.get("ScheduleEntryLock_" + name));
  return { id, mode: node.state.get("DoorLock_currentMode"), codes, users, schedules, offsets, autolock: node.state.get("DoorLock_autoRelockTime"), frames: own.received, settings: { ...o } };
}

// The hand. Every answer is the memory of the lock `node`, as JSON.
//   /                            nothing
//   /operate?mode&event&user     the bolt was moved at the door: mode 0 drawn, 255 thrown; event of access control
//   /note?type&event&user        a notification
//   /battery?level
//   /set?NAME=JSON               changes the node's settings: mute, masked, forget, sloth
//   /program?user&code           a code set at the keypad: event 14; without code deleted: event 13
//   /quiet?user&code             the same by another controller, without any event
//   /zero                        counts frames from now on
//   /include?id&kind…            a factory-new lock waits: the next inclusion finds it; answers with its label
//   /exclude?node                the next exclusion finds it
//   /server?on                   stops or starts the WebSocket server alone
const actions = {
  async "/"() {},
  async "/operate"(q, { node }) {
    const mode = Number(q.mode);
    node.state.set("DoorLock_currentMode", mode);
    node.state.set("door", q.door ?? "closed");
    await send(node, new cc.DoorLockCCOperationReport({
      nodeId: controller.ownNodeId, currentMode: mode, targetMode: mode, duration: undefined, outsideHandlesCanOpenDoor: [false, false, false, false],
      insideHandlesCanOpenDoor: [true, false, false, false], doorStatus: q.door ?? "closed", boltStatus: mode === 255 ? "locked" : "unlocked",
    }));
    if (q.event) await note(node, Number(q.event), q.user === undefined ? undefined : Number(q.user));
  },
  async "/note"(q, { node }) { await note(node, Number(q.event), q.user === undefined ? undefined : Number(q.user), Number(q.type ?? 6)); },
  async "/battery"(q, { node }) {
    const level = Number(q.level);
    node.state.set("battery", level);
    await send(node, new cc.BatteryCCReport({ nodeId: controller.ownNodeId, level, isLow: level <= 10 }));
  },
  async "/set"(q, { node, o }) { for (const [k, v] of Object.entries(q)) if (k !== "node") o[k] = JSON.parse(v); node.autoAckControllerFrames = !o.mute; },
  async "/program"(q, lock) { await actions["/quiet"](q, lock); await note(lock.node, q.code ? 14 : 13, Number(q.user)); },
  async "/quiet"(q, { node, o }) {
    const user = Number(q.user);
    if (o.kind === "credential") {
      if (q.code) { node.state.set(`UserCredential_user_${user}`, { ...(node.state.get(`UserCredential_user_${user}`) ?? {}), userId: user, userType: 0, active: true, credentialRule: 1, modifierType: 3, modifierNodeId: 0, expiringTimeoutMinutes: 0, nameEncoding: 0, userName: "" });
        node.state.set(`UserCredential_cred_1_${user}`, { ...(node.state.get(`UserCredential_cred_1_${user}`) ?? {}), userId: user, data: Buffer.from(q.code), modifierType: 3, modifierNodeId: 0 }); }
      else { node.state.delete(`UserCredential_user_${user}`); node.state.delete(`UserCredential_cred_1_${user}`); }
    } else { node.state.set(`UserCode_userIdStatus_${user}`, q.code ? 1 : 0); node.state.set(`UserCode_userCode_${user}`, q.code || undefined); }
  },
  async "/zero"(q, { own }) { for (const name of Object.keys(own.received)) delete own.received[name]; },
  async "/include"(q) {
    const o = { kind: "code", ...q, id: Number(q.id), users: Number(q.users ?? 10), secure: q.secure !== "false" };
    // the key is on the label before the lock is switched on
    const keys = await generateECDHKeyPair();
    controller.nodePendingInclusion = { id: o.id, capabilities: capabilities(o), setup: (node) => { node.ecdhKeyPair = keys; settle(node, o); } };
    return label(keys);
  },
  async "/exclude"(q) { pendingExclusion = Number(q.node); return { pending: pendingExclusion }; },
  async "/server"(q) { if (q.on === "true") await serve(); else await server.destroy(); return {}; },
};

http.createServer(async (request, response) => {
  const url = new URL(request.url, "http://lock"), q = Object.fromEntries(url.searchParams);
  try {
    const id = Number(q.node ?? settings.nodes[0]?.id);
    const said = await actions[url.pathname](q, locks.get(id));
    response.end(JSON.stringify(said ?? show(id)) + "\n");
  } catch (error) { response.statusCode = 500; response.end(JSON.stringify({ error: String(error.stack) }) + "\n"); }
}).listen(settings.hand, "127.0.0.1");

start().catch((error) => { console.error(error); process.exit(1); });
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => process.exit(0));
