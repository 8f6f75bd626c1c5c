#!/usr/bin/perl
# An SMSC made of Perl's Net::SMPP. It reads a script on standard input, plays it
# to one ESME, and writes each PDU that it decoded or sent as one JSON line.
# README.md of the suite describes the script and the lines.
use strict;
use warnings;
use Encode qw(encode);
use JSON::PP;
use Net::SMPP;
use Socket qw(SOL_SOCKET SO_RCVTIMEO);

use constant GIVE_UP_SECONDS => 60;

my %CHARSET = (0 => 'ascii', 3 => 'iso-8859-1', 8 => 'UTF-16BE');
my @BIND    = qw(system_id password system_type interface_version addr_ton addr_npi address_range);
my %NUMBER  = map { $_ => 1 } qw(interface_version addr_ton addr_npi);

$| = 1;
my $json   = JSON::PP->new->utf8->canonical;
my $script = $json->decode(do { local $/; <STDIN> });

sub write_line { print $json->encode({@_}), "\n" }

# log_pdu writes one PDU; a response's command is named as Net::SMPP names it.
sub log_pdu {
    my ($number, $direction, $pdu) = @_;
    my $command = $pdu->explain_cmd;
    my @bind;
    if ($command =~ /^bind_(receiver|transceiver)$/) {
        @bind = (bind => { map { $_ => $NUMBER{$_} ? $pdu->{$_} + 0 : $pdu->{$_} } @BIND });
    }
    write_line(
        session => $number, direction => $direction, command => $command,
        status  => $pdu->{status} + 0, sequence => $pdu->{seq} + 0, @bind,
    );
}

# ask sends a request without waiting, writes it down and returns its sequence.
sub ask {
    my ($session, $number, $command, @fields) = @_;
    my $sequence = $session->$command(@fields, async => 1);
    write_line(session => $number, direction => 'out', command => $command, status => 0, sequence => $sequence + 0);
    return $sequence;
}

# answer sends the response to a request and writes it down.
sub answer {
    my ($session, $number, $pdu, @fields) = @_;
    my $command = $pdu->explain_cmd . '_resp';
    $session->$command(@fields, seq => $pdu->{seq});
    write_line(session => $number, direction => 'out', command => $command, status => 0, sequence => $pdu->{seq} + 0);
}

# fields turns a request of the script into what the library encodes.
sub fields {
    my ($request) = @_;
    my %tlvs = %{ $request->{tlvs} };
    my @out  = (%{ $request->{fields} }, seq => $request->{sequence});
    push @out, $request->{carrier} => encode($CHARSET{ $request->{fields}{data_coding} }, $request->{text})
        if $request->{carrier};
    push @out, receipted_message_id => "$tlvs{receipted_message_id}\0" if $tlvs{receipted_message_id};
    push @out, message_state        => pack('C', $tlvs{message_state})  if $tlvs{message_state};
    push @out, network_error_code   => pack('H*', $tlvs{network_error_code}) if $tlvs{network_error_code};
    return @out;
}

# take reads PDUs, answering requests, until all that wait for an answer have it,
# or with none given until the ESME unbinds. It dies when the connection ends.
sub take {
    my ($session, $number, @waiting) = @_;
    my $for_unbind = !@waiting;
    my %waiting    = map { $_ => 1 } @waiting;
    while ($for_unbind || %waiting) {
        my $pdu = $session->read_pdu or die "session $number ended while PDUs were due\n";
        log_pdu($number, 'in', $pdu);
        my $command = $pdu->explain_cmd;
        if ($command eq 'enquire_link' || $command eq 'unbind') {
            answer($session, $number, $pdu);
            return if $command eq 'unbind';
        }
        delete $waiting{ $pdu->{seq} } if $pdu->{cmd} & 0x80000000;
    }
}

sub play {
    my ($session, $number, $scene) = @_;
    my $bind = $session->read_pdu or die "session $number ended before its bind\n";
    log_pdu($number, 'in', $bind);
    answer($session, $number, $bind, system_id => 'net-smpp', sc_interface_version => pack('C', 0x34));
    take($session, $number, ask($session, $number, 'enquire_link'));
    take($session, $number, map { ask($session, $number, $_->{command}, fields($_)) } @{ $scene->{requests} });
    if ($scene->{unbind}) {
        take($session, $number, ask($session, $number, 'unbind'));
    } else {
        take($session, $number);    # the ESME unbinds when it stops
    }
    close $session;
}

my $listener = Net::SMPP->new_listen('127.0.0.1', port => 0, timeout => GIVE_UP_SECONDS)
    or die "listen: $!\n";
write_line(listening => $listener->sockport);
my $number = 0;
for my $scene (@{ $script->{sessions} }) {
    my $session = $listener->accept or die "no ESME came: $!\n";
    $session->setsockopt(SOL_SOCKET, SO_RCVTIMEO, pack('l!l!', GIVE_UP_SECONDS, 0));
    play($session, $number++, $scene);
}
