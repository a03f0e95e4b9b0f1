/** Says in one sentence that Node is too old, before anything is loaded that it cannot read. */
const [major, minor] = process.versions.node.split('.').map(Number);
if (major < 20 || (major === 20 && minor < 19)) {
  console.error(`RewindMQ needs Node 20.19 or newer; this is ${process.version} at ${process.execPath}.`);
  process.exit(1);
}
