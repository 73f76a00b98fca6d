// node --require ./loopback-only.cjs …: lets nothing leave the machine, and says so when something tries.
// A test looks for the line in the output: the counterpart must not need, or use, the internet.
const net = require("node:net"), dns = require("node:dns"), dgram = require("node:dgram");

const local = (host) => host === undefined || host === "localhost" || host === "::1" || /^127\./.test(host);
const refuse = (what, host) => {
  console.log(`[outbound] ${what} ${host}`);
  throw new Error(`only loopback is allowed here, not ${host}`);
};

const connect = net.Socket.prototype.connect;
net.Socket.prototype.connect = function (...args) {
  const first = Array.isArray(args[0]) ? args[0][0] : args[0];
  const host = typeof first === "object" ? first.host : args[1];
  if (!(typeof first === "object" && first.path) && !local(typeof host === "string" ? host : undefined)) refuse("connect", host);
  return connect.apply(this, args);
};
const lookup = dns.lookup;
dns.lookup = (host, ...rest) => (local(host) ? lookup(host, ...rest) : refuse("lookup", host));
const send = dgram.Socket.prototype.send;
dgram.Socket.prototype.send = function (...args) {
  const host = args.find((a) => typeof a === "string" && (net.isIP(a) || a.includes(".")));
  return local(host) ? send.apply(this, args) : refuse("datagram", host);
};
