// Runs in node: npm test.
import assert from 'node:assert/strict';
import test from 'node:test';
import { beforePipe, entryTerm, exclude, existsTerm, fieldTerm, include, literal, ofSource, terms, valueTerm } from '../static/js/query.js';

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

test('pipes begin where neither quotes nor a regular expression hold them, and terms go before them', () => {
  for (const [q, where, with_t] of [
    ['', '', 't'],
    ['a b', 'a b', 'a b t'],
    ['a | top 10 x', 'a', 'a t | top 10 x'],
    ['"a|b" c|stats count()', '"a|b" c', '"a|b" c t |stats count()'],
    ['"a\\"|b" | head 1', '"a\\"|b"', '"a\\"|b" t | head 1'],
    ['/a|b/ x | head 1', '/a|b/ x', '/a|b/ x t | head 1'],
    ['uri:/a|b\\/|c/ | head 1', 'uri:/a|b\\/|c/', 'uri:/a|b\\/|c/ t | head 1'],
    ['path:a/b | head 1', 'path:a/b', 'path:a/b t | head 1'],
    ['| top 10 x', '', 't | top 10 x'],
  ]) {
    assert.equal(beforePipe(q), where, q);
    assert.equal(include(q, 't'), with_t, q);
  }
  assert.equal(exclude('a OR b | top 10 x', 't'), '(a OR b) NOT t | top 10 x');
});

test('fields of the entry itself need no quotes, fields of its line with such a name do', () => {
  assert.equal(entryTerm('tag', 'zeek.conn'), 'tag:zeek.conn');
  assert.equal(entryTerm('sensor', 'a b'), 'sensor:"a b"');
  assert.equal(existsTerm('id.orig_h'), 'id.orig_h:*');
  assert.equal(existsTerm('tag'), '"tag":*');
  assert.equal(existsTerm('a b'), '"a b":*');
});

test('a whole value is asked for as a whole, but where it is compared by value anyway', () => {
  for (const [name, value, want] of [
    ['port', '443', 'port:443'],
    ['host', '10.0.0.1', 'host:10.0.0.1'],
    ['host', 'fe80::1', 'host:"fe80::1"'],
    ['service', 'ssl', 'service:=ssl'],
    ['user', 'a b', 'user:="a b"'],
    ['op', 'NOT', 'op:="NOT"'],
    ['tag', 'x', '"tag":=x'],
  ]) assert.equal(valueTerm(name, value), want);
});
