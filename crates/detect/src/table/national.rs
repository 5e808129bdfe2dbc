//! Numbers that states give to people and companies, with their check digits.

use super::Detector;
use crate::check::{Check, Country};
use crate::vocab::{Class, Confidence, Severity};
use Country as C;
use Severity::{High, Medium};

const fn id(id: &'static str, title: &'static str, country: Country) -> Detector {
    Detector::new(Class::NationalId, High, id, title).check(Check::National(country))
}

const fn company(id: &'static str, title: &'static str, country: Country) -> Detector {
    Detector::new(Class::NationalId, Medium, id, title).check(Check::National(country))
}

#[rustfmt::skip]
pub(super) const TABLE: &[Detector] = &[
    id("us-ssn", "US social security number", C::UsSsn)
        .number(&["000-00-0000"], &["000000000", "000 00 0000"], &["ssn", "social security", "social_security", "socialsecurity"])
        .from("https://www.ssa.gov/employer/randomization.html"),
    id("us-itin", "US individual taxpayer number", C::UsItin)
        .number(&["000-00-0000"], &["000000000"], &["itin"]).from("https://www.irs.gov/irm/part3/irm_03-021-263r"),
    id("us-npi", "US national provider identifier", C::UsNpi)
        .number(&[], &["0000000000"], &["npi"]).from("45 CFR 162.406"),
    id("us-dea-number", "US DEA number", C::UsDea)
        .number(&[], &["AA0000000"], &["dea"]).from("21 CFR 1301; https://www.deadiversion.usdoj.gov"),
    id("us-medicare-mbi", "US Medicare beneficiary identifier", C::UsMbi)
        .number(&["0XXX-XXX-XXXX"], &["0XXXXXXXXXX"], &["mbi", "medicare"]).from("https://www.cms.gov/medicare/new-medicare-card/understanding-the-mbi"),
    id("ca-sin", "Canadian social insurance number", C::CaSin)
        .number(&[], &["000-000-000", "000 000 000", "000000000"], &["sin", "social insurance"]).from("Canada, Social Insurance Number Code of Practice"),
    id("mx-curp", "Mexican CURP", C::MxCurp)
        .number(&["AAAA000000AAAAAAX0"], &[], &[]).sure(Confidence::Certain).from("https://www.gob.mx/curp; DOF 18-10-2021"),
    id("br-cpf", "Brazilian CPF", C::BrCpf)
        .number(&["000.000.000-00"], &["00000000000"], &["cpf"]).sure(Confidence::Certain).from("Receita Federal, IN RFB 1548/2015"),
    company("br-cnpj", "Brazilian CNPJ", C::BrCnpj)
        .number(&["00.000.000/0000-00"], &["00000000000000"], &["cnpj"]).sure(Confidence::Certain).from("Receita Federal, IN RFB 2119/2022"),
    id("ar-cuit", "Argentine CUIT or CUIL", C::ArCuit)
        .number(&["00-00000000-0"], &["00000000000"], &["cuit", "cuil"]).sure(Confidence::Certain).from("AFIP RG 3995"),
    id("cl-rut", "Chilean RUT", C::ClRut)
        .number(&["00.000.000-X", "0.000.000-X"], &["00000000-X", "0000000-X"], &["rut", "run"]).sure(Confidence::Certain).from("Servicio de Registro Civil, DL 26.265"),
    id("uk-nino", "UK national insurance number", C::UkNino)
        .number(&["AA000000A"], &["AA 00 00 00 A"], &["nino", "national insurance"]).from("HMRC manual NIM39110"),
    id("uk-nhs-number", "UK NHS number", C::UkNhs)
        .number(&[], &["000 000 0000", "000-000-0000", "0000000000"], &["nhs"]).from("NHS Data Dictionary, NHS NUMBER"),
    id("ie-ppsn", "Irish PPS number", C::IePps)
        .number(&[], &["0000000A", "0000000AA"], &["pps", "ppsn"]).from("Ireland, Social Welfare Consolidation Act 2005, s. 262"),
    id("fr-nir", "French social security number", C::FrNir)
        .number(&["0 00 00 00 000 000 00", "000000000000000"], &[], &[]).sure(Confidence::Certain).from("INSEE, Numéro d'inscription au répertoire"),
    id("de-tax-id", "German tax identification number", C::DeTax)
        .number(&[], &["00000000000", "00 000 000 000"], &["steuer-id", "steuerid", "steueridentifikationsnummer", "idnr", "tax id", "steuer-identifikationsnummer", "tax_id"])
        .from("§ 139b AO; BZSt, Steuerliche Identifikationsnummer"),
    id("de-social-security", "German pension insurance number", C::DeSocial)
        .number(&["00000000A000", "00 000000 A 000"], &[], &[]).from("VKVV § 2; § 147 SGB VI"),
    id("es-nif", "Spanish NIF", C::EsNif)
        .number(&["00000000A", "00000000-A"], &[], &[]).sure(Confidence::Certain).from("Real Decreto 1553/2005"),
    id("es-nie", "Spanish NIE", C::EsNie)
        .number(&["A0000000A", "A-0000000-A", "A0000000-A"], &[], &[]).sure(Confidence::Certain).from("Real Decreto 557/2011"),
    id("it-codice-fiscale", "Italian codice fiscale", C::ItFiscal)
        .number(&["AAAAAA00A00A000A"], &[], &[]).sure(Confidence::Certain).from("D.M. 23 dicembre 1976"),
    id("pt-nif", "Portuguese NIF", C::PtNif)
        .number(&[], &["000000000", "000 000 000"], &["nif", "contribuinte"]).from("Decreto-Lei 14/2013"),
    id("nl-bsn", "Dutch BSN", C::NlBsn)
        .number(&[], &["000000000", "0000.00.000"], &["bsn", "burgerservicenummer", "sofinummer"]).from("Wet algemene bepalingen burgerservicenummer"),
    id("be-national-number", "Belgian national register number", C::BeNrn)
        .number(&["00.00.00-000.00"], &["00000000000"], &["rijksregisternummer", "registre national", "insz", "niss"]).sure(Confidence::Certain).from("Koninklijk besluit van 3 april 1984"),
    id("pl-pesel", "Polish PESEL", C::PlPesel)
        .number(&[], &["00000000000"], &["pesel"]).from("Ustawa o ewidencji ludności, 2010"),
    id("dk-cpr", "Danish CPR number", C::DkCpr)
        .number(&[], &["000000-0000", "0000000000"], &["cpr", "personnummer"]).from("CPR-kontoret, Personnummeret i CPR"),
    id("se-personnummer", "Swedish personal number", C::SePersonal)
        .number(&["000000-0000", "00000000-0000", "000000+0000"], &["000000000000", "0000000000"], &["personnummer", "personnr", "samordningsnummer"]).from("Folkbokföringslagen 1991:481, 18 §; SKV 704"),
    id("no-national-number", "Norwegian national identity number", C::NoNational)
        .number(&["000000 00000"], &["00000000000"], &["fødselsnummer", "personnummer", "fodselsnummer"]).from("Skatteetaten, Folkeregisteret"),
    id("fi-hetu", "Finnish personal identity code", C::FiHetu)
        .number(&["000000-000X", "000000+000X", "000000A000X"], &[], &[]).sure(Confidence::Certain).from("Digital and Population Data Services Agency"),
    id("ee-personal-code", "Estonian or Lithuanian personal code", C::EeCode)
        .number(&[], &["00000000000"], &["isikukood", "asmens kodas", "personal code"]).from("EVS 585:2007"),
    id("ro-cnp", "Romanian CNP", C::RoCnp)
        .number(&[], &["0000000000000"], &["cnp"]).from("Legea 105/1996; HG 1375/2006"),
    id("bg-egn", "Bulgarian EGN", C::BgEgn)
        .number(&[], &["0000000000"], &["egn", "егн"]).from("ESGRAON, Civil Registration Act"),
    id("cz-birth-number", "Czech or Slovak birth number", C::CzBirth)
        .number(&["000000/0000"], &["0000000000"], &["rodné číslo", "rodne cislo", "rodné"]).sure(Confidence::Certain).from("Zákon č. 133/2000 Sb."),
    id("hr-oib", "Croatian OIB", C::HrOib)
        .number(&[], &["00000000000"], &["oib"]).from("Zakon o osobnom identifikacijskom broju"),
    id("ch-ahv", "Swiss AHV number", C::ChAhv)
        .number(&["756.0000.0000.00"], &["7560000000000"], &["ahv", "avs"]).sure(Confidence::Certain).from("https://www.zas.admin.ch; AHVV Art. 133bis"),
    id("at-social-security", "Austrian social security number", C::AtSocial)
        .number(&[], &["0000 000000", "0000000000"], &["svnr", "sozialversicherungsnummer", "sv-nummer"]).from("§ 31 ASVG"),
    id("gr-amka", "Greek AMKA", C::GrAmka)
        .number(&[], &["00000000000"], &["amka", "αμκα"]).from("https://www.amka.gr"),
    id("tr-tckn", "Turkish identity number", C::TrKimlik)
        .number(&[], &["00000000000"], &["tckn", "kimlik", "t.c."]).from("Nüfus Hizmetleri Kanunu 5490"),
    id("il-id", "Israeli identity number", C::IlId)
        .number(&[], &["000000000"], &["teudat", "israeli id", "תעודת זהות"]).from("Israel, Population Registry Law 5725-1965"),
    id("za-id", "South African identity number", C::ZaId)
        .number(&[], &["0000000000000", "000000 0000 000"], &["sa id", "rsa id", "south african id", "id number", "id_number", "identity number"]).from("Identification Act 68 of 1997"),
    id("in-aadhaar", "Indian Aadhaar number", C::InAadhaar)
        .number(&["0000 0000 0000"], &["000000000000", "0000-0000-0000"], &["aadhaar", "aadhar", "uidai"]).from("https://uidai.gov.in; Verhoeff, 1969"),
    id("in-pan", "Indian PAN", C::InPan)
        .number(&["AAAAA0000A"], &[], &[]).from("Income-tax Rules 1962, rule 114"),
    company("in-gstin", "Indian GSTIN", C::InGstin)
        .number(&["00AAAAA0000AXXX"], &[], &[]).sure(Confidence::Certain).from("CGST Rules 2017, rule 10"),
    id("cn-resident-id", "Chinese resident identity number", C::CnResident)
        .number(&["00000000000000000X"], &[], &[]).sure(Confidence::Certain).from("GB 11643-1999; ISO 7064 MOD 11-2"),
    id("kr-rrn", "Korean resident registration number", C::KrRrn)
        .number(&["000000-0000000"], &["0000000000000"], &["rrn", "주민등록번호", "resident registration"]).sure(Confidence::Certain).from("주민등록법 시행규칙"),
    id("jp-my-number", "Japanese individual number", C::JpMyNumber)
        .number(&[], &["000000000000", "0000 0000 0000", "0000-0000-0000"], &["my number", "mynumber", "my_number", "個人番号", "マイナンバー"]).from("総務省令第85号 (2014)"),
    id("tw-id", "Taiwanese identity number", C::TwId)
        .number(&["A000000000"], &[], &[]).sure(Confidence::Certain).from("Taiwan, Household Registration Act"),
    id("hk-id", "Hong Kong identity card number", C::HkId)
        .number(&["A000000(X)", "AA000000(X)"], &["A000000X"], &["hkid", "identity card"]).sure(Confidence::Certain).from("Registration of Persons Regulations, Cap. 177A"),
    id("sg-nric", "Singaporean NRIC or FIN", C::SgNric)
        .number(&["A0000000A"], &[], &[]).sure(Confidence::Certain).from("National Registration Act 1965"),
    id("th-id", "Thai identity number", C::ThId)
        .number(&["0-0000-00000-00-0"], &["0000000000000"], &["thai id", "เลขประจำตัวประชาชน"]).sure(Confidence::Certain).from("Department of Provincial Administration"),
    id("my-nric", "Malaysian identity card number", C::MyNric)
        .number(&["000000-00-0000"], &["000000000000"], &["mykad", "nric"]).from("National Registration Regulations 1990"),
    id("au-tfn", "Australian tax file number", C::AuTfn)
        .number(&[], &["000 000 000", "000000000"], &["tfn", "tax file"]).from("Taxation Administration Act 1953"),
    company("au-abn", "Australian business number", C::AuAbn)
        .number(&["00 000 000 000"], &["00000000000"], &["abn"]).sure(Confidence::Certain).from("https://abr.business.gov.au/Help/AbnFormat"),
    id("au-medicare", "Australian Medicare number", C::AuMedicare)
        .number(&[], &["0000 00000 0", "0000000000"], &["medicare"]).from("Services Australia, Medicare card number"),
    id("nz-ird", "New Zealand IRD number", C::NzIrd)
        .number(&[], &["000-000-000", "000000000", "00-000-000", "00000000"], &["ird"]).from("Inland Revenue, Non-resident withholding tax specification"),
];
