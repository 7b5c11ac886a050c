//! Made-up tenants: one for every number, with nothing real about them.

use serde_json::{Value, json};

use crate::model::VisitorId;

/// Names for the tenants 1001 to 1009.
const NAMES: [(&str, &str, &str); 9] = [
    ("Anong", "Meesuk", "F"),
    ("Victor", "Lindqvist", "M"),
    ("Prisca", "Okafor", "F"),
    ("Hugo", "Marchetti", "M"),
    ("Yuki", "Tanabe", "F"),
    ("Samuel", "Adler", "M"),
    ("Dao", "Srisai", "F"),
    ("Elena", "Vasquez", "F"),
    ("Tom", "Bergström", "M"),
];

/// The tenant's full name.
pub(crate) fn name(tenant: VisitorId) -> String {
    let (first, last, _) = person(tenant);
    format!("{first} {last}")
}

/// The form that most answers carry.
pub(super) fn short(tenant: VisitorId) -> Value {
    json!({
        "id": tenant.0.to_string(),
        "email": email(tenant),
        "countryId": "44",
        "code": "+000",
        "phoneNumber": format!("0{:09}", tenant.0),
    })
}

/// The form that comes when a session begins, with all that a client must not
/// keep.
pub(super) fn long(tenant: VisitorId) -> Value {
    let (first, last, gender) = person(tenant);
    let number = tenant.0;
    let unit = format!(
        "{}/{:04}",
        number.rem_euclid(9) + 1,
        number.rem_euclid(10_000)
    );
    let owner = number.rem_euclid(2) == 0;
    let mut long = short(tenant);
    long["residentProfile"] = json!({
        "firstName": first,
        "lastName": last,
        "gender": gender,
        "idcard": format!("NOT-REAL-{number}"),
        "passport": format!("ZZ{number:07}"),
        "note": null,
        "cardNumber": format!("9{number:012}"),
        "isActive": true,
        "emails": [{"email": email(tenant), "isActive": true}],
        "phones": [{"countryCode": "+000", "phoneNumber": format!("0{number:09}"), "isActive": true}],
    });
    long["propertyOwnerProfile"] = json!({"firstName": first, "lastName": last, "isActive": owner});
    long["properties"] = json!([{
        "propertyUnitId": (number + 5000).to_string(),
        "unitNumber": unit,
        "houseNumber": unit,
        "thirdPartyIntegration": {"homeId": format!("{:024x}", number.unsigned_abs())},
        "floors": [{"floorZoneCode": "EAST", "floorId": 7, "floorDescription": "Seventh floor, east wing"}],
        "buildingPhaseCode": "LH1",
        "buildingId": "2",
        "buildingPhaseName": "Lantern House",
        "projectCode": "LQ",
        "projectId": "3",
        "projectsName": "Lantern Quay",
        "projectsNameThai": "แลนเทิร์น คีย์",
        "companyName": "Made-Up Homes",
        "hideLogoFromFrontEnd": false,
        "isPropertyOwner": owner,
        "isPropertyResident": !owner,
        "isDefaultPropertyUnit": true,
        "backgroundUrl": "https://files.invalid/lantern-quay/background.png",
        "iconUrl": "https://files.invalid/lantern-quay/logo.png",
    }]);
    long
}

fn person(tenant: VisitorId) -> (&'static str, String, &'static str) {
    let known = usize::try_from(tenant.0 - 1001)
        .ok()
        .and_then(|index| NAMES.get(index));
    known.map_or_else(
        || ("Resident", tenant.0.to_string(), "F"),
        |(first, last, sex)| (*first, (*last).to_owned(), *sex),
    )
}

fn email(tenant: VisitorId) -> String {
    format!("resident-{}@lantern-quay.invalid", tenant.0)
}
