// An SMSC made of the npm package smpp. It reads a script on standard input,
// plays it to one ESME, and writes each PDU that it decoded or sent as one JSON
// line. README.md of the suite describes the script and the lines.
'use strict';
const fs = require('fs');
const smpp = require('smpp');

const GIVE_UP_MS = 60000;

const script = JSON.parse(fs.readFileSync(0, 'utf8'));
const log = (line) => fs.writeSync(1, JSON.stringify(line) + '\n');

function logPDU(session, direction, pdu) {
  const line = {
    session, direction, command: pdu.command, status: pdu.command_status, sequence: pdu.sequence_number,
  };
  if (/^bind_(receiver|transceiver)$/.test(pdu.command)) {
    line.bind = {
      system_id: pdu.system_id, password: pdu.password, system_type: pdu.system_type,
      interface_version: pdu.interface_version,
      addr_ton: pdu.addr_ton, addr_npi: pdu.addr_npi, address_range: pdu.address_range,
    };
  }
  log(line);
}

// options turns a request of the script into what the library encodes.
function options(request) {
  const out = { ...request.fields, sequence_number: request.sequence };
  const { receipted_message_id, message_state, network_error_code } = request.tlvs;
  if (request.carrier) out[request.carrier] = request.text;
  if (receipted_message_id) out.receipted_message_id = receipted_message_id;
  if (message_state) out.message_state = message_state;
  if (network_error_code) out.network_error_code = Buffer.from(network_error_code, 'hex');
  return out;
}

// ask sends a request and resolves with its response.
const ask = (session, command, fields) => new Promise((resolve) => session[command](fields, resolve));

async function play(session, scene) {
  await ask(session, 'enquire_link', {});
  await Promise.all(scene.requests.map((r) => ask(session, r.command, options(r))));
  if (!scene.unbind) return; // the ESME unbinds when it stops
  await ask(session, 'unbind', {});
  session.close();
}

let sessions = 0;
const server = smpp.createServer((session) => {
  const number = sessions++;
  const scene = script.sessions[number];
  session.on('pdu', (pdu) => logPDU(number, 'in', pdu));
  session.on('send', (pdu) => logPDU(number, 'out', pdu));
  session.on('error', (error) => log({ session: number, error: String(error) }));
  const bound = (pdu) => {
    session.send(pdu.response({ system_id: 'node-smpp', sc_interface_version: 0x34 }));
    play(session, scene);
  };
  session.on('bind_receiver', bound);
  session.on('bind_transceiver', bound);
  session.on('enquire_link', (pdu) => session.send(pdu.response()));
  session.on('unbind', (pdu) => session.send(pdu.response(), null, () => session.close()));
  session.on('close', () => {
    if (sessions === script.sessions.length) server.close();
  });
});
server.listen(0, '127.0.0.1', () => log({ listening: server.address().port }));
setTimeout(() => process.exit(3), GIVE_UP_MS).unref();
