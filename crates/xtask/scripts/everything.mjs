// Runs @modelcontextprotocol/server-everything on loopback, on a port the kernel picks, and prints the port.
import net from "node:net";
import { pathToFileURL } from "node:url";

const listen = net.Server.prototype.listen;
net.Server.prototype.listen = function (_port, ...rest) {
  const listening = rest.findLast((argument) => typeof argument === "function");
  this.once("listening", () => console.log(`callgate-port ${this.address().port}`));
  return listen.call(this, { host: "127.0.0.1", port: 0 }, listening);
};

const [entry] = process.argv.splice(2, 1);
process.argv.push("streamableHttp");
await import(pathToFileURL(entry));
