// SPDX-License-Identifier: BSL-1.0
// node _dcmjs_scu.js PORT DATA.json TRANSFER_SYNTAX
// dcmjs-dimse as SCU of all services, in the steps of dimse_services.cpp.
'use strict';
const {
  ALL_OF_DIMSE_N, INSTANCE, ROOT, answerStore, dimse, load, print, toDataset,
} = require('./_dcmjs.js');

const { Client, requests, responses } = dimse;
const { SopClass, Status, StorageClass } = dimse.constants;

const [port, dataPath, syntax] = process.argv.slice(2);
const DATA = load(dataPath);
const FILM_SESSION = '1.2.840.10008.5.1.1.1';
const IMPLICIT = '1.2.840.10008.1.2';
const META = SopClass.BasicGrayscalePrintManagementMeta;
const COMMITMENT_INSTANCE = '1.2.840.10008.1.20.1.1';

// A client proposes Implicit and Explicit VR Little Endian in one context; here only what is asked
// for. It has no way to ask for the SCP role for an N-EVENT-REPORT but its association's.
const { Association } = dimse.association;
const addSyntax = Association.prototype.addTransferSyntaxToPresentationContext;
Association.prototype.addTransferSyntaxToPresentationContext = function only(id) {
  addSyntax.call(this, id, syntax);
};
const addContext = Association.prototype.addPresentationContextFromRequest;
Association.prototype.addPresentationContextFromRequest = function withRole(request, syntaxes) {
  const id = addContext.call(this, request, syntaxes);
  if (request instanceof requests.NEventReportRequest) {
    this.getPresentationContext(id).setUserRole(true);
    this.getPresentationContext(id).setProviderRole(true);
  }
  return id;
};

const dataset = (changes) => toDataset({ ...DATA, ...changes }, syntax);

function step(client, name, request, json) {
  if (json) request.setDataset(json);
  request.on('response', (response) => print('scu', name, response));
  client.addRequest(request);
}

function store(client, name, instance) {
  const object = dataset({ '00080018': { vr: 'UI', Value: [instance] } });
  object.setElement('SOPClassUID', StorageClass.SecondaryCaptureImageStorage);
  step(client, name, new requests.CStoreRequest(object));
}

function identifier(patient, status) {
  return dataset({
    '00080052': { vr: 'CS', Value: ['STUDY'] },
    '00100020': { vr: 'LO', Value: [patient] },
    '00081030': { vr: 'LO' },
    '00080050': status ? { vr: 'SH', Value: [status] } : { vr: 'SH' },
  });
}

function cancelled(client) {
  const request = new requests.CFindRequest();
  request.setDataset(identifier(syntax === IMPLICIT ? 'endless' : 'slow', ''));
  let count = 0;
  request.on('response', (response) => {
    count += 1;
    if (count <= 3 || response.getStatus() !== Status.Pending) {
      print('scu', 'find, cancel', response);
    }
    if (count === 3) client.cancel(request);
  });
  client.addRequest(request);
}

function composite(client) {
  step(client, 'echo', new requests.CEchoRequest());
  store(client, 'store', INSTANCE);
  store(client, 'store, warning', ROOT + '.2.99.45056');
  store(client, 'store, failure', ROOT + '.2.99.42752');
  step(client, 'find', new requests.CFindRequest(), identifier('25', ''));
  step(client, 'find, none', new requests.CFindRequest(), identifier('0', ''));
  step(client, 'find, failure', new requests.CFindRequest(), identifier('2', 'A700'));
  cancelled(client);
  const { CMoveRequest } = requests;
  step(client, 'move', CMoveRequest.createStudyMoveRequest('DESTINATION', INSTANCE));
  step(client, 'move, unknown destination',
    CMoveRequest.createStudyMoveRequest('NOWHERE', INSTANCE));
}

function normalized(client, name, sopClass, on, meta) {
  const some = ['SpecificCharacterSet', 'PatientID', 'PatientName', 'Rows'];
  step(client, name + ': create', new requests.NCreateRequest(sopClass, on, meta), dataset());
  step(client, name + ': get', new requests.NGetRequest(sopClass, on, some, meta));
  step(client, name + ': set', new requests.NSetRequest(sopClass, on, meta), dataset());
  step(client, name + ': action', new requests.NActionRequest(sopClass, on, 4, meta), dataset());
  step(client, name + ': delete', new requests.NDeleteRequest(sopClass, on, meta));
}

function extras(client) {
  const of = ALL_OF_DIMSE_N;
  const { NActionRequest, NCreateRequest, NEventReportRequest, NGetRequest } = requests;
  step(client, 'create, no instance', new NCreateRequest(of), dataset());
  step(client, 'get, all', new NGetRequest(of, INSTANCE, []));
  step(client, 'get, one', new NGetRequest(of, INSTANCE, ['PatientID']));
  step(client, 'event', new NEventReportRequest(of, INSTANCE, 3), dataset());
  step(client, 'event, failure', new NEventReportRequest(of, ROOT + '.2.99.275', 3), dataset());
  step(client, 'action, no data set', new NActionRequest(of, INSTANCE, 5));
}

function send(client) {
  return new Promise((resolve, reject) => {
    client.on('cStoreRequest', (request, callback) => {
      print('scu', '', request);
      callback(answerStore(request));
    });
    client.on('nEventReportRequest', (request, callback) => {
      print('scu', '', request);
      const response = responses.NEventReportResponse.fromRequest(request);
      response.setStatus(Status.Success);
      callback(response);
    });
    client.on('networkError', reject);
    client.on('associationRejected', () => reject(new Error('rejected')));
    client.on('closed', resolve);
    // It releases this long after its last response: time for the N-EVENT-REPORT.
    client.send('127.0.0.1', Number(port), 'DCMJS', 'CODIMSE', { associationLingerTimeout: 500 });
  });
}

async function main() {
  const first = new Client();
  composite(first);
  normalized(first, 'all', ALL_OF_DIMSE_N, INSTANCE);
  normalized(first, 'failure', ALL_OF_DIMSE_N, ROOT + '.2.99.274');
  normalized(first, 'warning', ALL_OF_DIMSE_N, ROOT + '.2.99.263');
  extras(first);
  normalized(first, 'meta', FILM_SESSION, INSTANCE, META);
  const { NActionRequest } = requests;
  const of = SopClass.StorageCommitmentPushModel;
  step(first, 'commitment', new NActionRequest(of, COMMITMENT_INSTANCE, 1), dataset());
  await send(first);
  // An association of its own: for a C-GET it gives up the SCU role of all Storage SOP Classes.
  const second = new Client();
  step(second, 'get', requests.CGetRequest.createStudyGetRequest(INSTANCE));
  await send(second);
}

main().then(() => process.exit(0), (problem) => {
  console.error(problem.message);
  process.exit(1);
});
