//! The network extension: IP addresses and networks.

use core::net::IpAddr;

use super::{Function, Outcome};
use crate::error::ErrorCode;
use crate::value::{Cidr, Value};

/// An address without zone; an IPv4 address in IPv6 notation must not be written with dots.
fn parse_ip(text: &str) -> Option<IpAddr> {
    let address: IpAddr = text.parse().ok()?;
    let mapped = matches!(address, IpAddr::V6(v6) if v6.to_ipv4_mapped().is_some());
    (!(mapped && text.contains('.'))).then_some(address)
}

fn parse_cidr(text: &str) -> Option<Cidr> {
    let (address, prefix) = text.split_once('/')?;
    let address = parse_ip(address)?;
    let plain = prefix.bytes().all(|byte| byte.is_ascii_digit());
    if !plain || (prefix.len() > 1 && prefix.starts_with('0')) {
        return None;
    }
    let prefix: u8 = prefix.parse().ok()?;
    (prefix <= width(address)).then_some(Cidr { address, prefix })
}

fn width(address: IpAddr) -> u8 {
    if address.is_ipv4() { 32 } else { 128 }
}

/// The bits of an address, at the top of a word as wide as an IPv6 address.
fn bits(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => u128::from(v4.to_bits()).wrapping_shl(96),
        IpAddr::V6(v6) => v6.to_bits(),
    }
}

fn mask(prefix: u8) -> u128 {
    let host = 128u32.saturating_sub(u32::from(prefix));
    u128::MAX.checked_shl(host).unwrap_or(0)
}

fn masked(network: Cidr) -> Cidr {
    let bits = bits(network.address) & mask(network.prefix);
    let address = match network.address {
        IpAddr::V4(_) => {
            let top = u32::try_from(bits.wrapping_shr(96)).unwrap_or(0);
            IpAddr::V4(core::net::Ipv4Addr::from_bits(top))
        }
        IpAddr::V6(_) => IpAddr::V6(core::net::Ipv6Addr::from_bits(bits)),
    };
    Cidr {
        address,
        prefix: network.prefix,
    }
}

/// A network of IPv4 addresses in IPv6 notation as the IPv4 network it is.
fn plain(network: Cidr) -> Cidr {
    match (
        network.address.to_canonical(),
        network.prefix.checked_sub(96),
    ) {
        (address @ IpAddr::V4(_), Some(prefix)) if network.address.is_ipv6() => {
            Cidr { address, prefix }
        }
        _ => network,
    }
}

/// Whether all of `inner` is in `network`.
fn contains_all(network: Cidr, inner: Cidr) -> bool {
    let holds = |network: Cidr, inner: Cidr| {
        network.prefix <= inner.prefix && contains_bits(network, inner.address)
    };
    holds(plain(network), plain(inner)) || holds(network, inner)
}

/// Whether an address is in a network. `::ffff:a00:1` is 10.0.0.1, to equality and to sockets,
/// so it is to networks too.
fn contains(network: Cidr, address: IpAddr) -> bool {
    let (network, canonical) = (plain(network), address.to_canonical());
    // `::/0` and the like hold the IPv6 notation itself.
    contains_bits(network, canonical) || contains_bits(network, address)
}

fn contains_bits(network: Cidr, address: IpAddr) -> bool {
    network.address.is_ipv4() == address.is_ipv4()
        && (bits(network.address) ^ bits(address)) & mask(network.prefix) == 0
}

pub(super) fn call<'a>(function: Function, arguments: &[Value<'a>]) -> Outcome<'a> {
    use Function as F;
    let ip = |text: &str| parse_ip(text).ok_or(ErrorCode::InvalidConversion);
    let cidr = |text: &str| parse_cidr(text).ok_or(ErrorCode::InvalidConversion);
    Ok(match (function, arguments) {
        (F::Ip, [Value::String(text)]) => Value::Ip(ip(text)?),
        (F::Ip, [Value::Ip(address)]) => Value::Ip(*address),
        (F::IsIp, [Value::String(text)]) => Value::Bool(parse_ip(text).is_some()),
        (F::IsCanonicalIp, [Value::String(text)]) => Value::Bool(ip(text)?.to_string() == *text),
        (F::Cidr, [Value::String(text)]) => Value::Cidr(cidr(text)?),
        (F::Cidr, [Value::Cidr(network)]) => Value::Cidr(*network),
        (F::IsCidr, [Value::String(text)]) => Value::Bool(parse_cidr(text).is_some()),
        (F::ContainsIp, [Value::Cidr(network), Value::Ip(address)]) => {
            Value::Bool(contains(*network, *address))
        }
        (F::ContainsIp, [Value::Cidr(network), Value::String(text)]) => {
            Value::Bool(contains(*network, ip(text)?))
        }
        (F::ContainsCidr, [Value::Cidr(network), Value::Cidr(inner)]) => {
            Value::Bool(contains_all(*network, *inner))
        }
        (F::ContainsCidr, [Value::Cidr(network), Value::String(text)]) => {
            Value::Bool(contains_all(*network, cidr(text)?))
        }
        (F::CidrIp, [Value::Cidr(network)]) => Value::Ip(network.address),
        (F::Masked, [Value::Cidr(network)]) => Value::Cidr(masked(*network)),
        (F::PrefixLength, [Value::Cidr(network)]) => Value::Int(i64::from(network.prefix)),
        (_, [Value::Ip(address)]) => property(function, address.to_canonical())?,
        _ => return Err(ErrorCode::NoMatchingOverload),
    })
}

fn property<'a>(function: Function, address: IpAddr) -> Outcome<'a> {
    let link_local = match address {
        IpAddr::V4(v4) => v4.is_link_local(),
        IpAddr::V6(v6) => v6.is_unicast_link_local(),
    };
    let broadcast = matches!(address, IpAddr::V4(v4) if v4.is_broadcast());
    Ok(match function {
        Function::Family => Value::Int(if address.is_ipv4() { 4 } else { 6 }),
        Function::IsUnspecified => Value::Bool(address.is_unspecified()),
        Function::IsLoopback => Value::Bool(address.is_loopback()),
        Function::IsLinkLocalUnicast => Value::Bool(link_local),
        Function::IsLinkLocalMulticast => Value::Bool(match address {
            IpAddr::V4(v4) => matches!(v4.octets(), [224, 0, 0, _]),
            IpAddr::V6(v6) => matches!(v6.octets(), [0xff, scope, ..] if scope & 0x0f == 2),
        }),
        Function::IsGlobalUnicast => Value::Bool(
            !(address.is_unspecified()
                || broadcast
                || address.is_loopback()
                || address.is_multicast()
                || link_local),
        ),
        _ => return Err(ErrorCode::NoMatchingOverload),
    })
}
