package main

// Commands of the oracle run in bash, in the folder that oracleFolder makes.
// In Perl's expressions \w is a word byte and (?<!\w) the border of a word.
// Columns of awk: conn.log of lsass is 3 id.orig_h, 4 id.orig_p, 5 id.resp_h,
// 6 id.resp_p, 7 proto, 8 service, 9 duration, 10 orig_bytes, 11 resp_bytes,
// 12 conn_state, 17 orig_pkts; dns.log of tsv is 1 ts, 10 query, 16 rcode_name.

// logOracle are queries, and commands that print how many lines each means.
var logOracle = []struct {
	query, command string
	none           bool // it is right that there are none
}{
	// Words, phrases, wildcards, regular expressions, operators.
	{query: `src:4`, command: `grep -c . auth/auth.log`},
	{query: `src:4 sshd`, command: `grep -ciP '(?<!\w)sshd(?!\w)' auth/auth.log`},
	{query: `src:4 fail`, command: `grep -ciP '(?<!\w)fail(?!\w)' auth/auth.log`, none: true},
	{query: `src:4 "failed password"`, command: `grep -ciP '(?<!\w)failed password(?!\w)' auth/auth.log`},
	{query: `src:4 failed root`, command: `grep -iP '(?<!\w)failed(?!\w)' auth/auth.log | grep -ciP '(?<!\w)root(?!\w)'`},
	{query: `src:4 failed AND root`, command: `grep -iP '(?<!\w)failed(?!\w)' auth/auth.log | grep -ciP '(?<!\w)root(?!\w)'`},
	{query: `src:4 (ubuntu OR admin)`, command: `grep -ciP '(?<!\w)(ubuntu|admin)(?!\w)' auth/auth.log`},
	{query: `src:4 sshd NOT failed`, command: `grep -iP '(?<!\w)sshd(?!\w)' auth/auth.log | grep -civP '(?<!\w)failed(?!\w)'`},
	{query: `src:4 sshd -failed -invalid`, command: `grep -iP '(?<!\w)sshd(?!\w)' auth/auth.log | grep -civP '(?<!\w)(failed|invalid)(?!\w)'`},
	{query: `src:4 (failed OR accepted -publickey)`, command: `awk '{l=tolower($0)} l~/failed/ || l~/accepted/ && l!~/publickey/' auth/auth.log | grep -c .`},
	{query: `src:4 pass*`, command: `grep -ciP '(?<!\w)pass' auth/auth.log`},
	{query: `src:5 *bot`, command: `grep -ciP 'bot(?!\w)' web/apache_access.log`},
	{query: `src:4 inv*ser`, command: `grep -ciP '(?<!\w)inv[^\x00-\x20\x7f"]*ser(?!\w)' auth/auth.log`, none: true},
	{query: `src:5 /pres*png`, command: `grep -ciP '/pres[^\x00-\x20\x7f"]*png(?!\w)' web/apache_access.log`},
	{query: `src:4 /port [0-9]{5} ssh2/`, command: `grep -cE 'port [0-9]{5} ssh2' auth/auth.log`},
	{query: `src:4 /INVALID USER [^ ]/i`, command: `grep -ci 'invalid user [^ ]' auth/auth.log`},
	{query: `src:4 case:Failed`, command: `grep -cP '(?<!\w)Failed(?!\w)' auth/auth.log`},
	{query: `src:4 case:failed`, command: `grep -cP '(?<!\w)failed(?!\w)' auth/auth.log`},
	{query: `src:4 case:"Invalid user"`, command: `grep -cP '(?<!\w)Invalid user(?!\w)' auth/auth.log`},
	{query: `src:5 case:*Bot`, command: `grep -cP 'Bot(?!\w)' web/apache_access.log`},
	{query: `src:6 "started leader election"`, command: `grep -c 'started leader election' app/kafka_state-change.log`},
	{query: `src:2 SSL::Invalid_Server_Cert`, command: `cat json/* | grep -cP '(?<!\w)SSL::Invalid_Server_Cert(?!\w)'`},

	// Words and paths in JSON.
	{query: `src:3`, command: `grep -ac . win/lsass05.json`},
	{query: `src:3 Subject`, command: `perl -ne 's/\\(["\\\/bfnrt]|u[0-9a-fA-F]{4})/ /g; $n++ if /(?<!\w)Subject(?!\w)/i; END {print $n}' win/lsass05.json`},
	{query: `src:3 C:\Windows\system32\lsass.exe`, command: `grep -aciP '(?<!\w)C:\\\\Windows\\\\system32\\\\lsass\.exe(?!\w)' win/lsass05.json`},
	{query: `src:3 10.0.5.14`, command: `grep -acP '(?<![0-9.A-Za-z])10\.0\.5\.14(?![0-9A-Za-z])(?!\.[0-9])' win/lsass05.json`},
	{query: `src:3 EventID:7`, command: `grep -acE '"EventID":7[,}]' win/lsass05.json`},
	{query: `src:3 EventID:[10 TO 12]`, command: `grep -acE '"EventID":1[012][,}]' win/lsass05.json`},
	{query: `src:3 EventID:(1 OR 3)`, command: `grep -acE '"EventID":[13][,}]' win/lsass05.json`},

	// Addresses, prefixes.
	{query: `src:4 91.197.232.0/24`, command: `grep -cP '(?<![0-9.A-Za-z])91\.197\.232\.[0-9]+(?![0-9A-Za-z])(?!\.[0-9])' auth/auth.log`},
	{query: `src:1 2620:df:8000:1601:0:1:3:16`, command: `cat tsv/* | grep -ciE '2620:df:8000:1601:0:1:3:16|2620:df:8000:1601:0:1:3:16'`},
	{query: `src:8 fe80::/10`, command: `cat lsass/* | grep -ciP '(?<![0-9A-Za-z.:])fe[89ab][0-9a-f]:'`},
	{query: `src:8 tag:zeek.conn id.orig_h:192.168.56.0/29`, command: `awk -F'\t' '!/^#/ {split($3,o,"."); n += o[1]==192 && o[2]==168 && o[3]==56 && o[4]<8} END {print n}' lsass/conn.log`},
	{query: `src:2 tag:zeek.dns id.orig_h:10.47.0.0/21`, command: `jq -r '."id.orig_h" | split(".") | select(.[0]=="10" and .[1]=="47" and (.[2]|tonumber)<8) | 1' json/dns.json | wc -l`},
	{query: `src:1 10.47.0.0/16 -10.0.0.100`, command: `cat tsv/* | grep -av '^#' | grep -aP '(?<![0-9.A-Za-z])10\.47\.[0-9]+\.[0-9]+(?![0-9A-Za-z])(?!\.[0-9])' | grep -acvP '(?<![0-9.A-Za-z])10\.0\.0\.100(?![0-9A-Za-z])(?!\.[0-9])'`},

	// Fields: words, whole values, wildcards, expressions, numbers.
	{query: `src:1 tag:zeek.dns rcode_name:NXDOMAIN`, command: `awk -F'\t' '/^#fields/ {for (i=2; i<=NF; i++) if ($i=="rcode_name") c=i-1} !/^#/ && $c=="NXDOMAIN" {n++} END {print n}' tsv/dns.log`},
	{query: `src:2 tag:zeek.dns rcode_name:NXDOMAIN`, command: `jq -r 'select(.rcode_name=="NXDOMAIN")|1' json/dns.json | wc -l`},
	{query: `src:1 query:=ise.wrccdc.org`, command: `awk -F'\t' '$10=="ise.wrccdc.org" {n++} END {print n}' tsv/dns.log`},
	{query: `src:1 query:wrccdc.org`, command: `awk -F'\t' '!/^#/ {print $10}' tsv/dns.log | grep -ciP '(?<!\w)wrccdc\.org(?!\w)'`},
	{query: `src:1 query:*.ubuntu.com`, command: `awk -F'\t' '!/^#/ {print $10}' tsv/dns.log | grep -ciP '\.ubuntu\.com(?!\w)'`},
	{query: `src:1 query:/^[a-z]+[0-9]\./`, command: `awk -F'\t' '!/^#/ {print $10}' tsv/dns.log | grep -cE '^[a-z]+[0-9]\.'`},
	{query: `src:2 tag:zeek.notice msg:"certificate validation"`, command: `jq -r .msg json/notice.json | grep -ci 'certificate validation'`},
	{query: `src:8 tag:zeek.conn orig_bytes:0`, command: `awk -F'\t' '!/^#/ && $10=="0" {n++} END {print n}' lsass/conn.log`},
	{query: `src:2 TTLs:>40000`, command: `jq -r 'select([.TTLs[]?] | any(. > 40000)) | 1' json/dns.json | wc -l`},
	{query: `src:2 answers:134.71.3.16`, command: `jq -r 'select([.answers[]?] | any(. == "134.71.3.16")) | 1' json/dns.json | wc -l`},
	{query: `src:2 tag:zeek.dns AA:true`, command: `jq -r 'select(.AA) | 1' json/dns.json | wc -l`},
	{query: `src:1 tag:zeek.known_services service:HTTP`, command: `awk -F'\t' '!/^#/ && (","$5",") ~ /,HTTP,/ {n++} END {print n}' tsv/known_services.log`},
	{query: `src:6 connections.active:>2`, command: `jq -r 'select(.connections.active>2)|1' app/nginxplus_status.json | wc -l`},
	{query: `src:2 tag:zeek.software version.major:>=8`, command: `jq -r 'select(."version.major" != null and ."version.major" >= 8)|1' json/software.json | wc -l`},
	{query: `src:2 case:server_nb_computer_name:SNOZBERRY`, command: `jq -r 'select(.server_nb_computer_name=="SNOZBERRY")|1' json/ntlm.json | wc -l`},
	{query: `src:2 case:server_nb_computer_name:Snozberry`, command: `jq -r 'select(.server_nb_computer_name=="Snozberry")|1' json/ntlm.json | wc -l`, none: true},
	{query: `src:2 tag:zeek.ntlm "server_tree_name":=factory.oompa.loompa`, command: `jq -r 'select(.server_tree_name=="factory.oompa.loompa")|1' json/ntlm.json | wc -l`},

	// Comparisons and ranges.
	{query: `src:8 tag:zeek.conn orig_bytes:>100`, command: `awk -F'\t' '!/^#/ && $10!="-" && $10>100 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn resp_bytes:<=48`, command: `awk -F'\t' '!/^#/ && $11!="-" && $11<=48 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn NOT orig_bytes:>100`, command: `awk -F'\t' '!/^#/ && !($10!="-" && $10>100) {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn id.resp_p:[1 TO 1023]`, command: `awk -F'\t' '!/^#/ && $6>=1 && $6<=1023 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn id.resp_p:{53 TO 445]`, command: `awk -F'\t' '!/^#/ && $6>53 && $6<=445 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn resp_pkts:[* TO 2}`, command: `awk -F'\t' '!/^#/ && $19<2 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn duration:>1m`, command: `awk -F'\t' '!/^#/ && $9!="-" && $9>60 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn duration:<1500us`, command: `awk -F'\t' '!/^#/ && $9!="-" && $9<0.0015 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn duration:[1s TO 1m30s]`, command: `awk -F'\t' '!/^#/ && $9!="-" && $9>=1 && $9<=90 {n++} END {print n}' lsass/conn.log`},
	{query: `src:5 bytes:>1MB`, command: `grep -oP '" [0-9]{3} \K[0-9]+' web/apache_access.log | awk '$1>1000000 {n++} END {print n}'`},
	{query: `src:5 bytes:[10KiB TO 64KiB}`, command: `grep -oP '" [0-9]{3} \K[0-9]+' web/apache_access.log | awk '$1>=10240 && $1<65536 {n++} END {print n}'`},
	{query: `src:1 tag:zeek.dns ts:[1521912000 TO 1521912300}`, command: `awk -F'\t' '!/^#/ && $1>=1521912000 && $1<1521912300 {n++} END {print n}' tsv/dns.log`},
	{query: `src:2 tag:zeek.dns ts:[2018-03-24T17:20:00Z TO 2018-03-24T17:25}`, command: `awk -F'\t' '!/^#/ && $1>=1521912000 && $1<1521912300 {n++} END {print n}' tsv/dns.log`},
	{query: `src:8 tag:zeek.conn id.resp_h:[192.168.56.1 TO 192.168.56.9]`, command: `awk -F'\t' '!/^#/ {split($5,o,"."); n += o[1]==192 && o[2]==168 && o[3]==56 && o[4]>=1 && o[4]<=9} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn id.resp_h:>192.168.56.3`, command: `awk -F'\t' '!/^#/ && $5 !~ /:/ {split($5,o,"."); n += ((o[1]*256+o[2])*256+o[3])*256+o[4] > 3232249859} END {print n}' lsass/conn.log`},
	{query: `src:2 tag:zeek.software name:[a TO f}`, command: `jq -r 'select(.name != null) | .name | ascii_downcase | select(. >= "a" and . < "f")' json/software.json | wc -l`},
	{query: `src:2 tag:zeek.software name:>="microsoft-"`, command: `jq -r 'select(.name != null) | .name | ascii_downcase | select(. >= "microsoft-")' json/software.json | wc -l`},

	// Exists, groups, either side, other names.
	{query: `src:8 tag:zeek.conn service:*`, command: `awk -F'\t' '!/^#/ && $8!="-" {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn NOT service:*`, command: `awk -F'\t' '!/^#/ && $8=="-" {n++} END {print n}' lsass/conn.log`},
	{query: `src:2 tag:zeek.smtp -subject:*`, command: `jq -r 'select(.subject==null)|1' json/smtp.json | wc -l`},
	{query: `src:2 tag:zeek.dns query:=""`, command: `jq -r 'select(.query=="")|1' json/dns.json | wc -l`},
	{query: `src:8 tag:zeek.conn service:(dce_rpc OR krb_tcp)`, command: `awk -F'\t' '!/^#/ && $8 ~ /dce_rpc|krb_tcp/ {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn id.orig_p:(>50000 <60000)`, command: `awk -F'\t' '!/^#/ && $4>50000 && $4<60000 {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn proto:(NOT udp)`, command: `awk -F'\t' '!/^#/ && $7!="udp" {n++} END {print n}' lsass/conn.log`},
	{query: `src:8 tag:zeek.conn ip:192.168.56.4`, command: `awk -F'\t' '!/^#/ && ($3=="192.168.56.4" || $5=="192.168.56.4") {n++} END {print n}' lsass/conn.log`},
	{query: `src:1 tag:zeek.dns ip:134.71.3.16`, command: `awk -F'\t' '!/^#/ && ($3=="134.71.3.16" || $5=="134.71.3.16") {n++} END {print n+0}' tsv/dns.log`, none: true},
	{query: `src:8 tag:zeek.conn port:445`, command: `awk -F'\t' '!/^#/ && ($4==445 || $6==445) {n++} END {print n}' lsass/conn.log`},
	{query: `src:7 tag:zeek.conn ip:10.0.0.0/24 port:<1024`, command: `jq -r 'select((.id_orig_h|startswith("10.0.0.")) or (.id_resp_h|startswith("10.0.0."))) | select(.id_orig_p<1024 or .id_resp_p<1024) | 1' apt/conn.log | wc -l`},
	{query: `src:4 ip:91.197.232.109`, command: `grep -cP '(?<![0-9.A-Za-z])91\.197\.232\.109(?![0-9A-Za-z])(?!\.[0-9])' auth/auth.log`},
	{query: `src:5 ip:66.249.73.135`, command: `grep -c '^66\.249\.73\.135 ' web/apache_access.log`},
	{query: `src:7 tag:zeek.conn source.ip:10.0.1.5`, command: `jq -r 'select(.id_orig_h=="10.0.1.5")|1' apt/conn.log | wc -l`},
	{query: `(src:7 OR src:8) tag:zeek.conn dst_port:53`, command: `(awk -F'\t' '!/^#/ {print $6}' lsass/conn.log; jq -r .id_resp_p apt/conn.log) | grep -cx 53`},
	{query: `src:[1 TO 2] dns.question.name:docs.google.com`, command: `(awk -F'\t' '!/^#/ {print $10}' tsv/dns.log; jq -r '.query // empty' json/dns.json) | grep -ciP '(?<!\w)docs\.google\.com(?!\w)'`},
	{query: `src:5 status_code:404`, command: `grep -oP '" \K[0-9]{3}(?= )' web/apache_access.log | grep -cx 404`},
	{query: `src:5 user_agent.original:Googlebot`, command: `grep -ci googlebot web/apache_access.log`},
	{query: `src:5 method:POST`, command: `grep -c '"POST ' web/apache_access.log`},
	{query: `src:5 status:>=500`, command: `grep -oP '" \K[0-9]{3}(?= )' web/apache_access.log | awk '$1>=500 {n++} END {print n}'`},
	{query: `src:4 app:sshd pid:1291`, command: `grep -cF ' sshd[1291]: ' auth/auth.log`},
	{query: `src:4 message:/^Invalid user/`, command: `grep -cP '\]: Invalid user' auth/auth.log`},

	// Tags, sources, time.
	{query: `src:1 tag:zeek.s*`, command: `cat tsv/s*.log | grep -acv '^#'`},
	{query: `src:2 tag:(zeek.smtp OR zeek.ntlm)`, command: `cat json/smtp.json json/ntlm.json | grep -c .`},
	{query: `src:[4 TO 5]`, command: `cat auth/* web/* | grep -c .`},
	{query: `src:>=8`, command: `cat lsass/* | grep -cv '^#'`},
	{query: `origin.host:nobody`, command: `echo 0`, none: true},
	{query: `src:1 tag:zeek.dns from:2018-03-24T17:20:00Z to:1521912300`, command: `awk -F'\t' '!/^#/ && $1>=1521912000 && $1<1521912300 {n++} END {print n}' tsv/dns.log`},
	{query: `src:8 tag:zeek.conn last:5000w`, command: `grep -cv '^#' lsass/conn.log`},
}

// tableOracle are queries with pipes, and commands that print their rows.
var tableOracle = []struct {
	query, command string
	ordered        bool
}{
	{query: `src:1 tag:zeek.dns | stats count(), dc(id.orig_h), dc(query)`, command: `awk -F'\t' '!/^#/ {n++; s[$3]=1; if ($10!="-") q[$10]=1} END {print n, length(s), length(q)}' tsv/dns.log`},
	{query: `src:1 tag:zeek.dns | top 5 query | fields query, count`, command: `awk -F'\t' '!/^#/ {print $10}' tsv/dns.log | sort | uniq -c | sort -k1,1rn -k2 | head -5 | awk '{print $2, $1}'`, ordered: true},
	{query: `src:1 tag:zeek.syslog | stats count() by severity`, command: `awk -F'\t' '!/^#/ {s[$9]++} END {for (k in s) print k, s[k]}' tsv/syslog.log`},
	{query: `src:8 tag:zeek.conn | stats sum(resp_bytes), min(resp_bytes), max(resp_bytes) by proto`, command: `awk -F'\t' '!/^#/ && $11!="-" {p=$7; s[p]+=$11; if (!(p in a) || $11+0<a[p]) a[p]=$11+0; if ($11+0>b[p]) b[p]=$11+0} END {for (p in s) print p, s[p], a[p], b[p]}' lsass/conn.log`},
	{query: `src:5 | stats count() as n by status | where n:>100 | sort -n`, command: `grep -oP '" \K[0-9]{3}(?= )' web/apache_access.log | sort | uniq -c | awk '$1>100 {print $2, $1}' | sort -k2,2rn`, ordered: true},
	{query: `src:5 | stats count() by status | sort -count | head 3`, command: `grep -oP '" \K[0-9]{3}(?= )' web/apache_access.log | sort | uniq -c | sort -rn | head -3 | awk '{print $2, $1}'`, ordered: true},
	{query: `src:4 "Invalid user" | rex /Invalid user .* from (?<peer>[0-9.]+)/ | stats count() by peer | sort -count | head 2`, command: `grep -oP 'Invalid user .* from \K[0-9.]+' auth/auth.log | sort | uniq -c | sort -k1,1rn | head -2 | awk '{print $2, $1}'`, ordered: true},
	{query: `src:1 tag:zeek.dns from:2018-03-24T17:20:00Z to:2018-03-24T17:30:00Z | timechart 5m`, command: `awk -F'\t' '!/^#/ && $1>=1521912000 && $1<1521912600 {n[int($1/300)]++} END {for (k in n) print k*300, n[k]}' tsv/dns.log | sort -n | while read t n; do echo "$(date -u -d @$t +%Y-%m-%dT%H:%M:%S).000000000Z $n"; done`},
	{query: `src:8 tag:zeek.conn | dedup proto, conn_state | stats count()`, command: `awk -F'\t' '!/^#/ {s[$7" "$12]=1} END {print length(s)}' lsass/conn.log`},
}
