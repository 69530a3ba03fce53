// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { exclude, fieldTerm, include, literal, ofSource, terms } from '../static/js/query.js';

test('a value stays a value, whatever is in it', () => {
  for (const [value, want] of [
    ['8.8.8.8', '8.8.8.8'],
    ['fe80::1527:0:0:1', 'fe80::1527:0:0:1'],
    ['CDtsGz4sH4Wl9FwAs', 'CDtsGz4sH4Wl9FwAs'],
    ['www.example.com', 'www.example.com'],
    ['OR', '"OR"'],
    ['NOT', '"NOT"'],
  ['not', 'not'],
  ['a\nb', '"a\\{0a}b"'],
    ['-x', '"-x"'],
    ['a b', '"a b"'],
    ['a:b', '"a:b"'],
    ['src:100', '"src:100"'],
    ['C:\\Windows', '"C:\\\\Windows"'],
    ['say "hi"', '"say \\"hi\\""'],
    ['/etc/', '"/etc/"'],
    ['a*', '"a*"'],
    ['x) OR (y', '"x) OR (y"'],
    ['::', '"::"'],
  ['::1', '::1'],
  ['::ffff:10.0.0.1', '::ffff:10.0.0.1'],
  ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
  ['1:2:3', '"1:2:3"'],
  ['07:09:23', '"07:09:23"'],
  ]) assert.equal(literal(value), want);
});

test('a value in a field is quoted unless it is plain', () => {
  assert.equal(fieldTerm('id_resp_p', '443'), 'id_resp_p:443');
  assert.equal(fieldTerm('host', 'fe80::1'), 'host:"fe80::1"');
  assert.equal(fieldTerm('@stream', 'conn'), '@stream:conn');
  assert.equal(fieldTerm('Event ID', '412'), '"Event ID":412');
  assert.equal(fieldTerm('src', '10.0.1.5'), '"src":10.0.1.5');
});

test('what was asked before keeps its meaning', () => {
  assert.equal(include('', 'x'), 'x');
  assert.equal(include(' a ', 'x'), 'a x');
  assert.equal(include('a OR b', 'x'), '(a OR b) x');
  assert.equal(exclude('a OR b', 'x'), '(a OR b) NOT x');
  assert.equal(exclude('', 'x'), 'NOT x');
});

test('a source is seen where it is a term', () => {
  assert.equal(ofSource('src:100'), true);
  assert.equal(ofSource('x (src:100)'), true);
  assert.equal(ofSource('notsrc:100'), false);
});

test('only plain queries are taken apart', () => {
  assert.deepEqual(terms('192.168.0.4 method:POST'), ['192.168.0.4', 'method:POST']);
  assert.deepEqual(terms('a "b c"'), ['a', '"b c"']);
  assert.deepEqual(terms('a OR b'), []);
  assert.deepEqual(terms('a NOT b'), []);
  assert.deepEqual(terms('a'), []);
});
