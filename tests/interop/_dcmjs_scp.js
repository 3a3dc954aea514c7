// SPDX-License-Identifier: BSL-1.0
// node _dcmjs_scp.js PORT DATA.json FILES DESTINATION_PORT
// dcmjs-dimse as SCP of all services, by the rules of dimse_services.cpp.
'use strict';
const fs = require('fs');
const path = require('path');
const {
  CREATED_INSTANCE, answer, answerStore, dimse, fromElements, load, print, toDataset,
} = require('./_dcmjs.js');

const { Client, Scp, Server, requests, responses } = dimse;
const { PresentationContextResult, SopClass, Status } = dimse.constants;

const [port, dataPath, folder, destinationPort] = process.argv.slice(2);
const DATA = load(dataPath);
const files = fs.readdirSync(folder).sort().map((name) => path.join(folder, name));

/** Counts sub-operations and sends the responses of a retrieve. (A handler's callback may be called
 *  once only, with all responses: those that come one by one need sendResponse.) */
class Progress {
  constructor(scp, request, Response) {
    Object.assign(this, { scp, request, Response });
    Object.assign(this, { remaining: files.length, completed: 0, failed: 0, warning: 0 });
    this.failedInstances = [];
  }
  make(status) {
    const response = this.Response.fromRequest(this.request);
    response.setStatus(status);
    if (status === Status.Pending) response.setRemaining(this.remaining);
    response.setCompleted(this.completed);
    response.setFailures(this.failed);
    response.setWarnings(this.warning);
    return response;
  }
  count(store, response) {
    const status = response.getStatus();
    this.remaining -= 1;
    if (status === Status.Success) this.completed += 1;
    else if (status >> 12 === 0xb) this.warning += 1;
    else {
      this.failed += 1;
      this.failedInstances.push(store.getAffectedSopInstanceUid());
    }
    if (this.remaining > 0) this.scp.sendResponse(this.request, this.make(Status.Pending));
    else this.finish();
  }
  finish() {
    const last = this.make(this.failed + this.warning > 0 ? 0xb000 : Status.Success);
    if (this.failed > 0) {
      const list = { '00080058': { vr: 'UI', Value: this.failedInstances } };
      last.setDataset(toDataset(list, this.scp.syntax));
    }
    this.scp.sendResponse(this.request, last);
  }
  stores() {
    return files.map((name) => {
      const store = new requests.CStoreRequest(name);
      store.on('response', (response) => this.count(store, response));
      return store;
    });
  }
}

class Everything extends Scp {
  constructor(socket, options) {
    super(socket, options);
    this.cancelled = new Set();
  }
  associationRequested(association) {
    this.association = association;
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      [this.syntax] = context.getTransferSyntaxUids();
      context.setResult(PresentationContextResult.Accept, this.syntax);
    }
    this.sendAssociationAccept();
  }
  associationReleaseRequested() {
    this.sendAssociationReleaseResponse();
  }
  abort() {
    this.socket.end();
  }

  cEchoRequest(request, callback) {
    print('scp', '', request);
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(Status.Success);
    callback(response);
  }
  cStoreRequest(request, callback) {
    print('scp', '', request);
    callback(answerStore(request));
  }
  async cFindRequest(request, callback) {
    print('scp', '', request);
    const identifier = fromElements(request.getDataset().getElements());
    const text = (tag) => ((identifier[tag] || {}).Value || [''])[0];
    const endless = ['endless', 'slow'].includes(text('00100020'));
    const count = endless ? Infinity : Number(text('00100020'));
    const pause = text('00100020') === 'slow' ? (next) => setTimeout(next, 1) : setImmediate;
    const id = request.getMessageId();
    for (let i = 0; i < count && !this.cancelled.has(id) && this.connected; i += 1) {
      const match = responses.CFindResponse.fromRequest(request);
      match.setStatus(text('00081030') === 'FF01' && i % 2 === 1 ? 0xff01 : Status.Pending);
      const numbered = { ...identifier, '00200013': { vr: 'IS', Value: [String(i)] } };
      match.setDataset(toDataset(numbered, this.syntax));
      this.sendResponse(request, match);
      await new Promise(pause);
    }
    const last = responses.CFindResponse.fromRequest(request);
    const status = parseInt(text('00080050') || '0', 16);
    last.setStatus(this.cancelled.has(id) ? Status.Cancel : status);
    if (status !== Status.Success) last.setErrorComment('as asked for');
    callback([last]);
  }
  cCancelRequest(request) {
    this.cancelled.add(request.getMessageIdBeingRespondedTo());
  }
  cMoveRequest(request, callback) {
    print('scp', '', request);
    const progress = new Progress(this, request, responses.CMoveResponse);
    if (request.getCommandDataset().getElement('MoveDestination') !== 'DESTINATION') {
      const unknown = responses.CMoveResponse.fromRequest(request);
      unknown.setStatus(Status.MoveDestinationUnknown);
      callback([unknown]);
      return;
    }
    const client = new Client();
    for (const store of progress.stores()) {
      const command = store.getCommandDataset();
      const calling = this.association.getCallingAeTitle();
      command.setElement('MoveOriginatorApplicationEntityTitle', calling);
      command.setElement('MoveOriginatorMessageID', request.getMessageId());
      client.addRequest(store);
    }
    client.on('networkError', (problem) => console.error('C-MOVE: ' + problem.message));
    client.send('127.0.0.1', Number(destinationPort), 'DCMJS', 'DESTINATION');
  }
  cGetRequest(request) {
    print('scp', '', request);
    this.sendRequests(new Progress(this, request, responses.CGetResponse).stores());
  }

  nCreateRequest(request, callback) {
    print('scp', '', request);
    const response = responses.NCreateResponse.fromRequest(request);
    const instance = request.getAffectedSopInstanceUid();
    if (!instance) response.setAffectedSopInstanceUid(CREATED_INSTANCE);
    callback(answer(response, instance, this.received(request), this.syntax));
  }
  nSetRequest(request, callback) {
    print('scp', '', request);
    const response = responses.NSetResponse.fromRequest(request);
    const instance = request.getRequestedSopInstanceUid();
    callback(answer(response, instance, this.received(request), this.syntax));
  }
  nActionRequest(request, callback) {
    print('scp', '', request);
    const response = responses.NActionResponse.fromRequest(request);
    if (request.getRequestedSopClassUid() === SopClass.StorageCommitmentPushModel) {
      callback(answer(response, '', undefined));
      this.reportCommitment(request);
      return;
    }
    const instance = request.getRequestedSopInstanceUid();
    callback(answer(response, instance, this.received(request), this.syntax));
  }
  nDeleteRequest(request, callback) {
    print('scp', '', request);
    const response = responses.NDeleteResponse.fromRequest(request);
    callback(answer(response, request.getRequestedSopInstanceUid(), undefined));
  }
  nEventReportRequest(request, callback) {
    print('scp', '', request);
    const response = responses.NEventReportResponse.fromRequest(request);
    const instance = request.getAffectedSopInstanceUid();
    callback(answer(response, instance, this.received(request), this.syntax));
  }
  nGetRequest(request, callback) {
    print('scp', '', request);
    // Its own getter knows no list of one attribute.
    const list = request.getCommandDataset().getElement('AttributeIdentifierList');
    const wanted = (list === undefined || list === null ? [] : [list].flat()).map((one) =>
      (Number(one) >>> 0).toString(16).toUpperCase().padStart(8, '0'));
    const some = Object.fromEntries(Object.entries(DATA).filter(
      ([tag]) => wanted.length === 0 || wanted.includes(tag)));
    const response = responses.NGetResponse.fromRequest(request);
    callback(answer(response, request.getRequestedSopInstanceUid(), some, this.syntax));
  }

  received(request) {
    return request.hasDataset() ? fromElements(request.getDataset().getElements()) : undefined;
  }
  reportCommitment(action) {
    const event = new requests.NEventReportRequest(
      action.getRequestedSopClassUid(), action.getRequestedSopInstanceUid(), 1);
    event.setDataset(toDataset(this.received(action), this.syntax));
    event.on('response', (response) => print('scp', '', response));
    this.sendRequests(event);
  }
}

const server = new Server(Everything);
server.on('networkError', (problem) => console.error('networkError: ' + problem.message));
server.listen(Number(port));
process.on('SIGTERM', () => process.exit(0));
