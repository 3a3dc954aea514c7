// SPDX-License-Identifier: BSL-1.0
// What both sides of dcmjs-dimse share: DICOM JSON in and out, lines as dimse_services prints them,
// and its rules (see there).
'use strict';
const fs = require('fs');
const dcmjs = require('dcmjs');
const dimse = require('dcmjs-dimse');

const { DicomMetaDictionary } = dcmjs.data;
dimse.log.setLevel('error');
dcmjs.log.getLogger('validation.dcmjs').setLevel('silent');    // speaks of each Pixel Data

const ROOT = '1.2.826.0.1.3680043.10.1411.7';
const ALL_OF_DIMSE_N = ROOT + '.1';
const INSTANCE = ROOT + '.2';
const CREATED_INSTANCE = ROOT + '.3';

// --- DICOM JSON and the data sets of dcmjs ---

function toDict(json) {
  const dict = {};
  for (const [tag, { vr, Value, InlineBinary }] of Object.entries(json)) {
    dict[tag] = { vr };
    if (InlineBinary !== undefined) {
      dict[tag].Value = [new Uint8Array(Buffer.from(InlineBinary, 'base64')).buffer];
    } else if (Value === undefined) {
      if (vr === 'SQ') dict[tag].Value = [];
    } else if (vr === 'SQ') {
      dict[tag].Value = Value.map(toDict);
    } else if (vr === 'AT') {
      dict[tag].Value = Value.map((one) => parseInt(one, 16));
    } else {
      dict[tag].Value = Value;
    }
  }
  return dict;
}

function toDataset(json, syntax) {
  return new dimse.Dataset(DicomMetaDictionary.naturalizeDataset(toDict(json)), syntax);
}

const isBinary = (value) => value instanceof ArrayBuffer || ArrayBuffer.isView(value);

const NUMBERS = ['FD', 'FL', 'SL', 'SS', 'UL', 'US'];

function plainValue(vr, value) {
  if (NUMBERS.includes(vr)) return Number(value);
  if (vr === 'AT') return (Number(value) >>> 0).toString(16).toUpperCase().padStart(8, '0');
  return value;
}

function fromDict(dict) {
  const json = {};
  for (const [tag, { vr, Value }] of Object.entries(dict)) {
    if (Value === undefined || Value === null) json[tag] = { vr };
    else if (vr === 'SQ') json[tag] = { vr, Value: Array.from(Value, fromDict) };
    else if (isBinary(Value[0])) {
      json[tag] = { vr, InlineBinary: Buffer.from(Value[0]).toString('base64') };
    } else json[tag] = { vr, Value: Array.from(Value, (one) => plainValue(vr, one)) };
  }
  return json;
}

const fromElements = (elements) => fromDict(DicomMetaDictionary.denaturalizeDataset(elements));

function print(at, step, message) {
  const dataset = message.hasDataset() ? message.getDataset() : undefined;
  const line = {
    at,
    step,
    command: fromElements(message.getCommandDataset().getElements()),
    data: dataset ? fromElements(dataset.getElements()) : null,
  };
  fs.writeSync(1, JSON.stringify(line) + '\n');
}

// --- the rules ---

/** A SOP Instance UID that ends in .99.N asks for the status N. */
function statusAskedFor(uid) {
  const found = /\.99\.(\d+)$/.exec(uid || '');
  return found ? Number(found[1]) : dimse.constants.Status.Success;
}

function answer(response, uid, json, syntax) {
  const status = statusAskedFor(uid);
  response.setStatus(status);
  if (status !== dimse.constants.Status.Success) {
    response.setErrorComment('as asked for');
    response.getCommandDataset().setElement('ErrorID', 7);
    response.getCommandDataset().setElement('OffendingElement', [0x00100020]);
  }
  if (json) response.setDataset(toDataset(json, syntax));
  return response;
}

function answerStore(request) {
  const response = dimse.responses.CStoreResponse.fromRequest(request);
  const status = statusAskedFor(request.getAffectedSopInstanceUid());
  response.setStatus(status);
  if (status !== dimse.constants.Status.Success) response.setErrorComment('as asked for');
  return response;
}

const load = (path) => JSON.parse(fs.readFileSync(path, 'utf8'));

module.exports = {
  ALL_OF_DIMSE_N, CREATED_INSTANCE, INSTANCE, ROOT, answer, answerStore, dimse, fromElements, load,
  print, toDataset,
};
