// node --require ./fake-radio.cjs node_modules/zigbee2mqtt/cli.js
//
// Replaces ONLY the radio adapter of zigbee-herdsman, by one door lock in memory. Everything above it is the
// real thing: Zigbee frames, controller, interview, the maker's definition, Zigbee2MQTT, MQTT.
//
// FAKE_CONTROL_PORT  loopback port of the hand on the lock (HTTP, below)
// FAKE_STATE         file in which the lock keeps its memory over a restart
// FAKE_MANUF, FAKE_MODEL  which lock; only Yale "YRD256 TSDB" has been tried
const http = require("node:http"), fs = require("node:fs");
const base = require.resolve("zigbee-herdsman").replace(/index\.js$/, "");
const { Adapter } = require(base + "adapter/adapter.js");
const Zcl = require(base + "zspec/zcl"), Zdo = require(base + "zspec/zdo");

const log = (...words) => console.log("[radio]", ...words);
const { ClusterId } = Zdo;
const T = Zcl.DataType;
const BASIC = 0, POWER = 1, LOCK = 0x101;
const S2C = Zcl.Direction.SERVER_TO_CLIENT;
const FILE = process.env.FAKE_STATE;
const MODEL = process.env.FAKE_MODEL ?? "YRD256 TSDB", MAKER = process.env.FAKE_MANUF ?? "Yale";

// state: 0 not fully locked, 1 locked, 2 unlocked; battery in half per cent; mute: answers nothing;
// refuse: status with which codes are refused (1 failure, 2 memory full, 3 duplicate)
const lock = { ieee: "0x000d6f0011223344", nwk: 0x1a2b, state: 2, battery: 174, pins: {}, relock: 0, volume: 1, joined: false, mute: false, refuse: 0 };
if (FILE && fs.existsSync(FILE)) Object.assign(lock, JSON.parse(fs.readFileSync(FILE, "utf8")));
const keep = () => FILE && fs.writeFileSync(FILE, JSON.stringify(lock));

const attributes = {
  [BASIC]: { 0: [T.UINT8, 3], 1: [T.UINT8, 1], 2: [T.UINT8, 1], 3: [T.UINT8, 1], 4: [T.CHAR_STR, MAKER], 5: [T.CHAR_STR, MODEL], 6: [T.CHAR_STR, "20261122"], 7: [T.ENUM8, 3], 0x4000: [T.CHAR_STR, "1.0"] },
  [POWER]: { 0x20: [T.UINT8, 58], 0x21: [T.UINT8, () => lock.battery], 0x3e: [T.BITMAP32, 0] },
  [LOCK]: {
    0: [T.ENUM8, () => lock.state], 1: [T.ENUM8, 0], 2: [T.BOOLEAN, 1], 0x12: [T.UINT16, 50], 0x17: [T.UINT8, 8], 0x18: [T.UINT8, 4],
    0x23: [T.UINT32, () => lock.relock], 0x24: [T.UINT8, () => lock.volume],
    0x30: [T.UINT8, 5], 0x31: [T.UINT8, 60],
  },
};

class FakeAdapter extends Adapter {
  constructor(...args) { super(...args); this.hasZdoMessageOverhead = false; this.sequence = 1; FakeAdapter.current = this; }
  async start() { return "resumed"; }
  async stop() {}
  async reset() {}
  async supportsBackup() { return false; }
  async addInstallCode() {}
  async getCoordinatorIEEE() { return "0x00124b00aabbccdd"; }
  async getCoordinatorVersion() { return { type: "FakeRadio", meta: { revision: 1 } }; }
  async getNetworkParameters() { return { panID: this.networkOptions.panID, extendedPanID: "0xdddddddddddddddd", channel: this.networkOptions.channelList[0], nwkUpdateID: 0 }; }
  waitFor() { let end; const promise = new Promise((_, reject) => (end = reject)); promise.catch(() => end); return { promise, cancel() {} }; }
  async sendZclFrameToGroup() {}
  async sendZclFrameToAll() {}

  async permitJoin(seconds) {
    log("permitJoin", seconds);
    if (seconds > 0 && !lock.joined) {
      lock.joined = true; keep();
      setTimeout(() => this.emit("deviceJoined", { networkAddress: lock.nwk, ieeeAddr: lock.ieee }), 300);
    }
  }

  async sendZdo(ieee, nwkAddress, cluster, payload, disableResponse) {
    const coordinator = nwkAddress === 0;
    const answers = {
      [ClusterId.NODE_DESCRIPTOR_REQUEST]: { nwkAddress, logicalType: coordinator ? 0 : 2, manufacturerCode: coordinator ? 0 : 0x101d, serverMask: { stackComplianceRevision: 22 }, capabilities: { rxOnWhenIdle: 0 } },
      [ClusterId.ACTIVE_ENDPOINTS_REQUEST]: { nwkAddress, endpointList: [1] },
      [ClusterId.SIMPLE_DESCRIPTOR_REQUEST]: { nwkAddress, length: 20, endpoint: 1, profileId: 0x104, deviceId: coordinator ? 5 : 0x0a, deviceVersion: 0, inClusterList: coordinator ? [] : [0, 1, 3, 9, 10, 0x20, LOCK], outClusterList: coordinator ? [] : [0x0a, 0x19] },
    };
    const address = { eui64: lock.ieee, nwkAddress: lock.nwk, startIndex: 0, assocDevList: [] };
    const asksAddress = cluster === ClusterId.IEEE_ADDRESS_REQUEST || cluster === ClusterId.NETWORK_ADDRESS_REQUEST;
    const response = [0, answers[cluster] ?? (asksAddress ? address : {})];
    setImmediate(() => this.emit("zdoResponse", cluster | 0x8000, response));
    return disableResponse ? undefined : response;
  }

  payload(cluster, frame) {
    const data = frame.toBuffer();
    log("RX", frame.cluster.name, frame.command.name, JSON.stringify(frame.payload));
    return { clusterID: cluster, address: lock.nwk, header: Zcl.Header.fromBuffer(data), data, endpoint: 1, linkquality: 200, groupID: 0, wasBroadcast: false, destinationEndpoint: 1 };
  }
  up(cluster, frame) { this.emit("zclPayload", this.payload(cluster, frame)); }
  report(cluster, attrId, dataType, attrData) {
    this.up(cluster, Zcl.Frame.create(Zcl.FrameType.GLOBAL, S2C, true, undefined, this.sequence++ & 255, "report", cluster, [{ attrId, dataType, attrData }], {}));
  }
  event(command, payload) {
    this.up(LOCK, Zcl.Frame.create(Zcl.FrameType.SPECIFIC, S2C, true, undefined, this.sequence++ & 255, command, LOCK, payload, {}));
  }

  async sendZclFrameToEndpoint(ieee, nwk, endpoint, sent, timeout, disableResponse) {
    // over the air: only the octets arrive
    const frame = Zcl.Frame.fromBuffer(sent.cluster.ID, Zcl.Header.fromBuffer(sent.toBuffer()), sent.toBuffer(), {});
    const cluster = frame.cluster.ID, sequence = frame.header.transactionSequenceNumber;
    log("TX", frame.cluster.name, frame.command.name, JSON.stringify(frame.payload));
    await new Promise((done) => setTimeout(done, 15));
    // as a real coordinator puts it, but after 0.3 s instead of 10
    if (lock.mute) { await new Promise((done) => setTimeout(done, 300)); throw new Error(`Timeout - ${nwk} - ${endpoint} - ${sequence} - ${cluster} - 1 after ${timeout}ms`); }
    const global = (command, payload) => Zcl.Frame.create(Zcl.FrameType.GLOBAL, S2C, true, undefined, sequence, command, cluster, payload, {});
    const own = (command, payload) => Zcl.Frame.create(Zcl.FrameType.SPECIFIC, S2C, true, undefined, sequence, command, cluster, payload, {});
    const answer = (frame.header.isGlobal ? this.global(cluster, frame, global) : cluster === LOCK ? this.command(frame, own) : undefined)
      ?? global("defaultRsp", { cmdId: frame.command.ID, statusCode: 0 });
    keep();
    const payload = this.payload(cluster, answer);
    setImmediate(() => this.emit("zclPayload", payload));
    return disableResponse ? undefined : payload;
  }

  global(cluster, frame, answer) {
    if (frame.command.name === "read") return answer("readRsp", frame.payload.map(({ attrId }) => {
      const [dataType, value] = attributes[cluster]?.[attrId] ?? [];
      return dataType === undefined ? { attrId, status: 0x86 } : { attrId, status: 0, dataType, attrData: typeof value === "function" ? value() : value };
    }));
    if (frame.command.name === "write") {
      for (const { attrId, attrData } of frame.payload) { if (cluster === LOCK && attrId === 0x23) lock.relock = attrData; if (cluster === LOCK && attrId === 0x24) lock.volume = attrData; }
      return answer("writeRsp", [{ status: 0 }]);
    }
    if (frame.command.name === "configReport") return answer("configReportRsp", [{ status: 0 }]);
  }

  command({ command, payload: p }, answer) {
    const bolt = (state) => { lock.state = state; setTimeout(() => this.report(LOCK, 0, T.ENUM8, lock.state), 120); };
    const slot = lock.pins[p.userid];
    switch (command.name) {
      case "lockDoor": bolt(1); return answer("lockDoorRsp", { status: 0 });
      case "unlockDoor": bolt(2); return answer("unlockDoorRsp", { status: 0 });
      case "setPinCode":
        if (lock.refuse) return answer("setPinCodeRsp", { status: lock.refuse });
        lock.pins[p.userid] = { status: p.userstatus, type: p.usertype, pin: Buffer.from(p.pincodevalue).toString() };
        return answer("setPinCodeRsp", { status: 0 });
      case "getPinCode": return answer("getPinCodeRsp", { userid: p.userid, userstatus: slot?.status ?? 0, usertype: slot?.type ?? 0, pincodevalue: Buffer.from(slot?.pin ?? "") });
      case "clearPinCode": delete lock.pins[p.userid]; return answer("clearPinCodeRsp", { status: 0 });
      case "getUserStatus": return answer("getUserStatusRsp", { userid: p.userid, userstatus: slot?.status ?? 0 });
    }
  }
}
Adapter.create = async (...args) => new FakeAdapter(...args);

// The hand on the lock. Every answer is the lock's whole memory as JSON.
//   /op?src&code&user[&state]   operation event: src 0 keypad 1 rf 2 manual 3 rfid; code 1 lock 2 unlock 5 wrong code 13 thumbturn …
//   /program?code&user[&pin]    code programmed at the keypad: code 2 added 3 deleted 4 changed
//   /report?state   /battery?half   /mute?on   /refuse?status
http.createServer((request, response) => {
  const url = new URL(request.url, "http://lock"), has = (key) => url.searchParams.has(key);
  const number = (key) => Number(url.searchParams.get(key) ?? 0), radio = FakeAdapter.current;
  switch (url.pathname) {
    case "/op":
      if (has("state")) lock.state = number("state");
      radio.event("operationEventNotification", { opereventsrc: number("src"), opereventcode: number("code"), userid: number("user"), pin: Buffer.alloc(0), zigbeelocaltime: 0, data: "" });
      break;
    case "/program":
      if (number("code") === 3) delete lock.pins[number("user")];
      else lock.pins[number("user")] = { status: 1, type: 0, pin: url.searchParams.get("pin") ?? "" };
      radio.event("programmingEventNotification", { programeventsrc: 0, programeventcode: number("code"), userid: number("user"), pin: Buffer.alloc(0), usertype: 0, userstatus: 1, zigbeelocaltime: 0, data: "" });
      break;
    case "/report": lock.state = number("state"); radio.report(LOCK, 0, T.ENUM8, lock.state); break;
    case "/battery": lock.battery = number("half"); radio.report(POWER, 0x21, T.UINT8, lock.battery); break;
    case "/refuse": lock.refuse = number("status"); break;
    case "/mute": lock.mute = number("on") === 1; break;
  }
  keep();
  response.end(JSON.stringify(lock));
}).listen(Number(process.env.FAKE_CONTROL_PORT), "127.0.0.1");
