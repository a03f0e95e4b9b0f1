/** Reports an old Node in one sentence, before it loads any code that it cannot parse. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`RewindMQ needs Node 20.19 or newer; this is ${process.version} at ${process.execPath}.`);
  process.exit(1);
}
