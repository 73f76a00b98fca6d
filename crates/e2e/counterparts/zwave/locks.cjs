// What a mock lock node can do, and how it misbehaves on demand. Only the radio and the lock are not real:
// frames, driver, interview and server are those of Z-Wave JS.
//
// A node of the settings: { id, kind, users?, masked?, checksum?, schedules?, disabled?, autolock?, late? }
//   kind "code"        Door Lock v4, User Code v2, Notification v8, Battery v1, Schedule Entry Lock v3
//   kind "credential"  Door Lock v4, User Credential v1, Notification v8, Battery v1
const { CommandClasses, Duration, SecurityClass } = require("@zwave-js/core");
const cc = require("@zwave-js/cc");
const { ccCaps, createMockZWaveRequestFrame } = require("@zwave-js/testing");

// access control (6): who, how, refusals, changes of codes; home security (7): tamper; power (8): battery
const EVENTS = { 6: [1, 2, 3, 4, 5, 6, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 22, 23, 47, 48, 50], 7: [3], 8: [10, 11] };

function commandClasses(kind, o, secure) {
  const base = [
    CommandClasses.Version, CommandClasses["Z-Wave Plus Info"],
    { ccId: CommandClasses["Manufacturer Specific"], version: 2 },
    { ccId: CommandClasses.Supervision, version: 1 },
    { ccId: CommandClasses.Battery, version: 1, secure },
    ccCaps({
      ccId: CommandClasses["Door Lock"], isSupported: true, secure, version: 4,
      supportedOperationTypes: [cc.DoorLockOperationType.Constant, cc.DoorLockOperationType.Timed],
      supportedDoorLockModes: [cc.DoorLockMode.Unsecured, cc.DoorLockMode.UnsecuredWithTimeout, cc.DoorLockMode.Secured],
      boltSupported: true, doorSupported: true, latchSupported: false, autoRelockSupported: true, travelTime: o.travel ?? 300,
    }),
    ccCaps({ ccId: CommandClasses.Notification, isSupported: true, secure, version: 8, supportsV1Alarm: false, notificationTypesAndEvents: EVENTS }),
  ];
  const users = o.users ?? 10;
  if (kind === "credential") {
    base.push(ccCaps({
      ccId: CommandClasses["User Credential"], isSupported: true, secure, version: 1, numberOfSupportedUsers: users, maxUserNameLength: 32,
      supportedUserTypes: [0, 3, 4, 5, 6, 7, 9], supportedCredentialRules: [cc.UserCredentialRule.Single],
      supportsAllUsersChecksum: o.checksum ?? true, supportsUserChecksum: o.checksum ?? true, supportsCredentialChecksum: o.checksum ?? true,
      supportedCredentialTypes: new Map([[cc.UserCredentialType.PINCode, {
        numberOfCredentialSlots: users, minCredentialLength: 4, maxCredentialLength: o.longest ?? 10, maxCredentialHashLength: 0, supportsCredentialLearn: false,
      }]]),
    }));
  } else {
    base.push(ccCaps({
      ccId: CommandClasses["User Code"], isSupported: true, secure, version: 2, numUsers: users, supportsUserCodeChecksum: o.checksum ?? true,
      supportedKeypadModes: [cc.KeypadMode.Normal, cc.KeypadMode.Vacation],
      supportedUserIDStatuses: o.disabled === false ? [0, 1] : [0, 1, 2],
    }));
    if (o.schedules !== false) base.push(ccCaps({ ccId: CommandClasses["Schedule Entry Lock"], isSupported: true, secure, version: 3, numWeekDaySlots: 7, numYearDaySlots: 2, numDailyRepeatingSlots: 2 }));
  }
  if (secure) base.push({ ccId: CommandClasses["Security 2"], version: 1 });
  return base;
}

/// The capabilities of a node as the mock wants them.
function capabilities(o) {
  return {
    isListening: false, isFrequentListening: "1000ms", genericDeviceClass: 0x40, specificDeviceClass: 0x03,
    manufacturerId: 0xffff, productType: 0x4c4b, productId: o.product ?? (o.kind === "credential" ? 3 : 2),
    // one class only: the mock echoes all that it could have, granted or not, which the driver refuses
    ...(o.secure ? { securityClasses: new Set([SecurityClass.S2_AccessControl]) } : {}),
    commandClasses: commandClasses(o.kind, o, !!o.secure),
  };
}

const code = (value) => (typeof value === "string" ? value : value ? Buffer.from(value).toString() : undefined);

/// The other codes on a lock of kind "code", to find duplicates.
function holder(node, digits, except) {
  for (const [key, value] of node.state) {
    const slot = /^UserCode_userCode_(\d+)$/.exec(key)?.[1];
    if (slot && Number(slot) !== except && code(value) === digits) return Number(slot);
  }
}

/// Behaviour before the stock one. `o` is the node's settings and may be changed at any time:
/// mute (hears nothing), silentAt (mute from the n-th code on), masked (shows stars), forget (says yes, keeps nothing), sloth (ms before an answer).
function behaviour(o, tell, pinPending) {
  const received = {};
  const inside = (frame) => { let c = frame; while (c.encapsulated) c = c.encapsulated; return c; };
  const own = {
    received,
    async handleCC(controller, self, frame) {
      self.clearReceivedControllerFrames(); self.clearSentControllerFrames();
      if (o.mute) return { action: "stop" };
      const c = inside(frame);
      // wrappings (supervision, encryption) are taken off before; what is counted is what was asked
      received[c.constructor.name] = (received[c.constructor.name] ?? 0) + 1;
      // falls silent when the n-th code is sent to it, before it has taken it
      if (o.silentAt && (c instanceof cc.UserCodeCCSet || c instanceof cc.UserCodeCCExtendedUserCodeSet) && --o.silentAt === 0) { o.mute = true; self.autoAckControllerFrames = false; return { action: "stop" }; }
      if (o.sloth) await new Promise((done) => setTimeout(done, o.sloth));
      if (frame instanceof cc.Security2CCPublicKeyReport) {
        // a real lock says this again and again until the person has entered the PIN; the mock says it once
        for (let wait = 300; wait; wait = pinPending() ? 100 : 0) await new Promise((done) => setTimeout(done, wait));
      }
      return answer(o, controller, self, frame, tell);
    },
    transformResponse(controller, self, frame, response) {
      if (o.masked && response.action === "sendCC" && response.cc instanceof cc.UserCodeCCReport && response.cc.userCode) {
        response.cc.userCode = "*".repeat(code(response.cc.userCode).length);
      }
      return response;
    },
  };
  return own;
}

function answer(o, controller, self, frame, tell) {
  if (frame instanceof cc.BatteryCCGet) {
    const level = self.state.get("battery") ?? 87;
    return { action: "sendCC", cc: new cc.BatteryCCReport({ nodeId: controller.ownNodeId, level, isLow: level <= 10 }) };
  }
  // the stock mock leaves door and bolt out, which then read as an open door
  if (frame instanceof cc.DoorLockCCOperationGet) {
    const currentMode = self.state.get("DoorLock_currentMode") ?? 0, transition = self.state.get("DoorLock_transition");
    return { action: "sendCC", cc: new cc.DoorLockCCOperationReport({
      nodeId: controller.ownNodeId, currentMode, targetMode: transition?.targetMode ?? currentMode,
      duration: new Duration(transition ? 1 : 0, "seconds"),
      outsideHandlesCanOpenDoor: [false, false, false, false], insideHandlesCanOpenDoor: [true, false, false, false],
      doorStatus: self.state.get("door") ?? "closed", boltStatus: currentMode === 255 ? "locked" : "unlocked",
    }) };
  }
  // the stock mock leaves a get of a notification unanswered, which costs the interview seconds
  if (frame instanceof cc.NotificationCCGet) {
    return { action: "sendCC", cc: new cc.NotificationCCReport({ nodeId: controller.ownNodeId, notificationType: frame.notificationType || 6, notificationEvent: 0xfe }) };
  }
  const sets = frame instanceof cc.UserCodeCCSet ? [frame] : frame instanceof cc.UserCodeCCExtendedUserCodeSet ? frame.userCodes : [];
  for (const set of sets) {
    if (set.userIdStatus === 0 || !set.userCode) continue;
    const other = holder(self, code(set.userCode), set.userId);
    if (other !== undefined) {
      // as the specification has it: the set is taken, the refusal comes later as a notification
      setTimeout(() => tell(self, 15, set.userId), o.refusal ?? 30);
      return { action: "ok" };
    }
    if (o.forget) return { action: "ok" };
  }
}

module.exports = { capabilities, behaviour, code, createMockZWaveRequestFrame };
